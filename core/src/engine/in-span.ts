// One call of a driver, unchanged, with a span around it that ends as it does.
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { DriverEvent } from '../provider/index.js';
import { driverCall, silentEnd, thrownEnd, toldEnd, type TracedVerb } from './spans.js';
import type { Span, SpanEnd, Tracer } from './tracer.js';

export interface SpannedCall<Answer> {
  record: TaskRecord;
  verb: TracedVerb;
  /** Default: the current one. */
  attempt?: number;
  signal: AbortSignal;
  endOf: (answer: Answer) => SpanEnd;
}

/** Of a verb that answers once. */
export async function callInSpan<Answer>(
  tracer: Tracer,
  { record, verb, attempt = record.attempt, signal, endOf }: SpannedCall<Answer>,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const span = tracer.begin(driverCall(record, verb, attempt));
  let end: SpanEnd = {};
  try {
    const answer = await span.run(call);
    end = endOf(answer);
    return answer;
  } catch (error) {
    end = thrownEnd(error, signal);
    throw error;
  } finally {
    span.end(end);
  }
}

export async function* followInSpan(
  span: Span,
  { events, verb, signal }: { events: AsyncIterable<DriverEvent>; verb: TracedVerb; signal: AbortSignal },
): AsyncGenerator<DriverEvent> {
  const source = span.run(() => events[Symbol.asyncIterator]());
  let end: SpanEnd | undefined;
  let isOver = false;
  try {
    for (;;) {
      const next = await span.run(() => source.next());
      if (next.done) {
        isOver = true;
        return;
      }
      end = toldEnd(next.value) ?? end;
      yield next.value;
    }
  } catch (error) {
    isOver = true;
    end ??= thrownEnd(error, signal);
    throw error;
  } finally {
    try {
      if (!isOver) await span.run(() => source.return?.());
    } finally {
      span.end(end ?? silentEnd(verb, signal));
    }
  }
}
