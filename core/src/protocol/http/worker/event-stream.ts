// One answer to `follow`: who answers, and the run's events as they come, each checked.
import { validate, type WorkerEvent, type WorkerRefusal } from '@agent-dispatch/schemas';
import type { Channel, Clock } from '../../../provider/index.js';
import { DispatchError } from '../../../errors/index.js';
import { readLines } from '../messages.js';
import type { AnswerBody } from '../body.js';
import { noWorker, parsed, type WorkerCalls } from './calls.js';
import { Silence } from './silence.js';

/** How long one answer may last where the channel sets no limit, and the most that the worker takes. Seconds. */
const WAIT_SECONDS = 600;
const MOST_WAIT_SECONDS = 3600;

export const longestWait = ({ answerSeconds = WAIT_SECONDS }: Channel): number =>
  Math.min(Math.floor(answerSeconds), MOST_WAIT_SECONDS);

/** An event with its number. */
export type NumberedEvent = WorkerEvent & { readonly seq: number };

export interface FollowOptions {
  readonly invocationId: string;
  readonly after: number;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export class EventStream {
  private constructor(
    readonly bootId: string,
    /** Why there is nothing to follow. */
    readonly refused: WorkerRefusal['code'] | undefined,
    private readonly lines: AsyncGenerator<WorkerEvent>,
    /** Ends it. Safe to repeat. */
    readonly close: () => void,
  ) {}

  /** Errors: those of a call. */
  static async open(calls: WorkerCalls, { signal, clock, ...options }: FollowOptions): Promise<EventStream> {
    const answer = await calls.open({ agentdispatch: 'follow', ...options }, signal);
    // From the beginning of an answer on: before it, a machine may still be made.
    const silence = new Silence(clock, answer.abort);
    const close = (): void => {
      answer.close();
      silence.close();
    };
    try {
      if (answer.type === 'application/json') {
        const { bootId, error } = await calls.answerIn(answer.body);
        if (error === undefined) throw noWorker('an answer without events');
        return new EventStream(bootId, error.code, nothing(), close);
      }
      const lines = eventsIn(answer.body, calls, silence);
      const first = await lines.next();
      if (first.done === true) throw endedAtOnce();
      const { type, bootId, error } = first.value;
      const isFirst = type === 'attached' || (type === 'refused' && error !== undefined);
      if (!isFirst || bootId === undefined) throw noWorker('events without saying whose they are');
      return new EventStream(bootId, error && refusalCode(error.code), lines, close);
    } catch (error) {
      close();
      throw error;
    }
  }

  /** To be read once. Errors: whatever breaks the connection; AD_PROTOCOL_RESPONSE, AD_PROTOCOL_TOO_LARGE. */
  async *events(): AsyncGenerator<NumberedEvent> {
    for await (const event of this.lines) {
      const { seq } = event;
      if (seq === undefined) throw noWorker('an event without a number');
      yield { ...event, seq };
    }
  }
}

const endedAtOnce = (): DispatchError =>
  new DispatchError('AD_PROVIDER_UNAVAILABLE', 'The answer ended at once.', { details: { ambiguous: true } });

async function* eventsIn(body: AnswerBody, calls: WorkerCalls, silence: Silence): AsyncGenerator<WorkerEvent> {
  const { limits } = calls;
  for await (const line of readLines(heardBy(silence, body.text(limits.streamBytes)), limits)) {
    const event = parsed(line);
    if (validate('WorkerEvent', event).length > 0) throw noWorker('a line that is no event');
    yield event as WorkerEvent;
  }
}

async function* heardBy(silence: Silence, text: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const part of text) {
    silence.heard();
    yield part;
  }
}

async function* nothing(): AsyncGenerator<never> {
  // There is nothing to follow.
}

const REFUSALS: ReadonlySet<string> = new Set<WorkerRefusal['code']>(['unknown_run', 'ended', 'another_task']);

/** A code that nobody knows says no more than that something is wrong. */
const refusalCode = (code: string): WorkerRefusal['code'] =>
  REFUSALS.has(code) ? (code as WorkerRefusal['code']) : 'internal';
