// The events of one driver call, unchanged, with a span around them that ends as they do.
import type { DriverEvent } from '../provider/index.js';
import { silentEnd, thrownEnd, toldEnd, type TracedVerb } from './spans.js';
import type { Span, SpanEnd } from './tracer.js';

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
