// Follows an agent's task to its end: by its stream where it has one, else by asking; after a stream that ended before the task
// did, by a snapshot and a new subscription.
import type { Task } from '@a2a-js/sdk';
import type { DriverContext, DriverEvent } from '../../provider/index.js';
import { failed, interrupted, isBroken, isTaskUnknown, isTooLarge, isUnsupported, unknown } from './faults.js';
import { Listener } from './listener.js';
import { Pauses } from './pauses.js';
import type { AgentEvent } from './reader.js';

export interface Followed {
  /** What is made of the events. */
  readonly reader: {
    readonly ended: boolean;
    /** A question waits for its answer. */
    readonly asking: boolean;
    read(event: AgentEvent): Iterable<DriverEvent>;
    snapshot(task: Task, isAfterBreak?: boolean): Iterable<DriverEvent>;
  };
  /** Absent where the agent cannot be subscribed to. */
  readonly subscribe?: (signal: AbortSignal) => AsyncGenerator<AgentEvent, void, void>;
  /** The task as it stands. Absent where subscriptions leave nothing out. */
  readonly look?: () => Promise<Task>;
  /** Of the channel. */
  readonly answerSeconds?: number;
}

/** Requests that fail one after the other, before the connection counts as broken. */
const MAX_FAILURES = 4;
/** Streams that are not the protocol and tell nothing, before the agent is asked instead; and answers one after the other, before it is given up. */
const MAX_STRANGE = { streams: 2, answers: 3 } as const;

export class Following {
  private readonly pauses: Pauses;
  private canStream: boolean;
  private failures = 0;
  private readonly strange = { streams: 0, answers: 0 };
  /** Events may have been missed since the latest one. */
  private isAfterBreak = false;
  private isOver = false;

  constructor(
    private readonly followed: Followed,
    private readonly context: DriverContext,
  ) {
    this.pauses = new Pauses(context);
    this.canStream = followed.subscribe !== undefined;
  }

  /**
   * Yields what is told, to the end. Ends early when the signal aborts.
   * @param first a stream that is open already. Without one the task was just looked at.
   * Errors: without a code, when the agent cannot be reached any more.
   */
  async *run(first?: Listener): AsyncGenerator<DriverEvent, void, void> {
    const { reader, subscribe, look } = this.followed;
    const isDone = (): boolean => this.isOver || reader.ended || this.context.signal.aborted;
    if (first !== undefined) yield* this.guarded(this.told(this.hear(first)), first);
    for (let looked = first === undefined; !isDone(); looked = false) {
      if (!looked) {
        yield* this.guarded(this.looked());
        if (isDone()) return;
      }
      if (subscribe === undefined || !this.canStream) continue;
      // An answered question is seen by looking: many agents end their streams at a question.
      if (look !== undefined && reader.asking) continue;
      const listener = new Listener(subscribe, this.context, this.followed.answerSeconds);
      yield* this.guarded(this.told(this.subscribed(listener)), listener);
    }
  }

  /** What the task holds by now, after a pause. */
  private async *looked(): AsyncGenerator<DriverEvent, void, void> {
    const { reader, look } = this.followed;
    await this.pauses.next(reader.asking);
    if (look === undefined) return;
    const task = await look();
    this.failures = 0;
    this.strange.answers = 0;
    yield* this.told(reader.snapshot(task, this.isAfterBreak));
    this.isAfterBreak = false;
  }

  /**
   * A subscription may leave a hole before it. Those of version 1.0 begin with the task as it stands; where another event comes
   * first, the task that is there by now covers both.
   */
  private async *subscribed(listener: Listener): AsyncGenerator<DriverEvent, void, void> {
    const { reader, look } = this.followed;
    await this.context.pace();
    const event = await listener.next();
    if (event === undefined) return;
    if (event.event.payload?.$case === 'task' || look === undefined) yield* reader.read(event);
    else yield* reader.snapshot(await look());
    yield* this.hear(listener);
  }

  private async *hear(listener: Listener): AsyncGenerator<DriverEvent, void, void> {
    const { reader } = this.followed;
    while (!reader.ended) {
      const event = await listener.next();
      if (event === undefined) return;
      this.failures = 0;
      for (const told of reader.read(event)) {
        this.strange.streams = 0;
        yield told;
      }
    }
  }

  private async *told(
    events: AsyncIterable<DriverEvent> | Iterable<DriverEvent>,
  ): AsyncGenerator<DriverEvent, void, void> {
    for await (const event of events) {
      this.pauses.reset();
      yield event;
    }
  }

  /** Goes on after what a single request or stream does not decide. */
  private async *guarded(
    events: AsyncGenerator<DriverEvent, void, void>,
    listener?: Listener,
  ): AsyncGenerator<DriverEvent, void, void> {
    try {
      yield* events;
      this.isAfterBreak ||= listener?.wasCut ?? false;
    } catch (error) {
      if (this.context.signal.aborted) return;
      const end = this.judge(error, listener);
      if (end === undefined) return;
      this.isOver = true;
      yield end;
    } finally {
      await listener?.close();
    }
  }

  /** The end that follows from an error, if one does. */
  private judge(error: unknown, listener: Listener | undefined): DriverEvent | undefined {
    const { context } = this;
    if (isTaskUnknown(error)) return unknown('The agent does not know the task any more.', context);
    if (isTooLarge(error)) return failed(error, context);
    this.isAfterBreak = true;
    if (isBroken(error)) {
      const kind = listener === undefined ? 'answers' : 'streams';
      this.strange[kind] += 1;
      const isEnough = this.strange[kind] >= MAX_STRANGE[kind];
      // Where there is no other way to ask, streams decide.
      if (isEnough && (kind === 'answers' || this.followed.look === undefined)) return failed(error, context);
      this.canStream &&= !isEnough || kind === 'answers';
    } else if (isUnsupported(error) && listener?.count === 0 && this.followed.look !== undefined) {
      this.canStream = false;
    } else {
      this.failures += 1;
      if (this.failures >= MAX_FAILURES) throw interrupted(error, context);
    }
    return undefined;
  }
}
