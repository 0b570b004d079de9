// One streaming verb as it is followed: each event is checked, carried over the boundary and stored before the next is
// taken. Can be dropped without a word, as a process drops it that dies.
import assert from 'node:assert/strict';
import { checkedEvent, type StreamingVerb } from '../../engine/driver-event.js';
import { SETTLE_MS } from '../../engine/follower.js';
import type { DriverEvent } from '../../provider/index.js';
import type { Attempt } from './attempt.js';
import { crossed } from './crossing.js';
import { within } from './waiting.js';

/** What `resume` may answer first. */
const ANSWERS: ReadonlySet<DriverEvent['type']> = new Set(['attached', 'ended', 'not_started', 'unknown']);

export class Following {
  readonly events: DriverEvent[] = [];
  private readonly controller = new AbortController();
  private readonly iterator: AsyncIterator<DriverEvent>;
  private pending: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly attempt: Attempt,
    private readonly verb: StreamingVerb,
    open: (signal: AbortSignal) => AsyncIterable<DriverEvent>,
  ) {
    this.iterator = open(this.controller.signal)[Symbol.asyncIterator]();
  }

  /** The next event; undefined when there is none any more. */
  async next(): Promise<DriverEvent | undefined> {
    const step = this.iterator.next();
    this.pending = step.catch(() => undefined);
    try {
      const result = await step;
      return result.done === true ? undefined : this.take(result.value);
    } catch (error) {
      this.attempt.ground.hear(error);
      throw error;
    }
  }

  /** Every event from here to the end of the stream. */
  async rest(): Promise<DriverEvent[]> {
    const from = this.events.length;
    while ((await this.next()) !== undefined);
    return this.events.slice(from);
  }

  /** Takes events until one is the one that is wanted. */
  async until(isIt: (event: DriverEvent) => boolean): Promise<void> {
    for (;;) {
      const event = await this.next();
      assert(event !== undefined, `${this.verb} ended before what was waited for: ${JSON.stringify(this.events)}`);
      if (isIt(event)) return;
    }
  }

  /** Asks for the next event and never hears of it. */
  drop(): void {
    void this.next().catch(() => undefined);
  }

  /** Aborts the signal and takes what still comes, as the engine does: errors do not count any more. */
  async abort(): Promise<void> {
    this.controller.abort(new Error('the host stopped following'));
    const settled = (async () => {
      await this.pending;
      while ((await this.next()) !== undefined);
    })().catch(() => undefined);
    await within(SETTLE_MS, settled, `${this.verb} did not settle after its abort`);
  }

  /** For the end of a test: nothing of it goes on. */
  async bury(): Promise<void> {
    this.controller.abort(new Error('the test is over'));
    await within(SETTLE_MS, this.pending, `${this.verb} did not settle after its abort`);
    await this.iterator.return?.();
  }

  private take(event: DriverEvent): DriverEvent {
    const told = crossed(event, `an event of ${this.verb}`);
    this.attempt.ground.hear(told);
    checkedEvent(told, this.verb);
    const last = this.events.at(-1);
    assert(last?.type !== 'ended', `${this.verb} told ${told.type} after the end`);
    if (this.verb === 'resume' && last === undefined) {
      assert(ANSWERS.has(told.type), `the first event of resume is ${told.type}`);
    }
    this.events.push(told);
    this.attempt.events.push(told);
    if (told.type === 'handle') this.attempt.handle = told.handle;
    if (told.cursor !== undefined && this.verb !== 'provision') this.attempt.cursor = told.cursor;
    return told;
  }
}
