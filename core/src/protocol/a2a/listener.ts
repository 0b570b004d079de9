// One stream of an agent's events. It is cut when nothing comes for long, for a dead connection can look like a quiet one, and
// before the channel would end it.
import type { DriverContext } from '../../provider/index.js';
import type { AgentEvent } from './reader.js';

/** Without any event. */
const SILENCE_MS = 300_000;
/** Before the channel's own end of an answer, as a part of its time. */
const MARGIN = 0.1;

export class Listener {
  /** It was not the agent that ended it. */
  wasCut = false;
  /** Events that came. */
  count = 0;
  private readonly events: AsyncGenerator<AgentEvent, void, void>;

  /** @param answerSeconds as the channel says. */
  constructor(
    open: (signal: AbortSignal) => AsyncGenerator<AgentEvent, void, void>,
    private readonly context: Pick<DriverContext, 'clock' | 'signal'>,
    private readonly answerSeconds?: number,
  ) {
    this.events = this.listen(open);
  }

  /** The next event; undefined when there is none any more. Errors: those of the stream. */
  async next(): Promise<AgentEvent | undefined> {
    const step = await this.events.next();
    return step.done === true ? undefined : step.value;
  }

  /** Ends it; nothing is held any more. */
  async close(): Promise<void> {
    await this.events.return();
  }

  private async *listen(
    open: (signal: AbortSignal) => AsyncGenerator<AgentEvent, void, void>,
  ): AsyncGenerator<AgentEvent, void, void> {
    const { clock, signal } = this.context;
    const over = new AbortController();
    const cut = new AbortController();
    const endsAt = this.answerSeconds ? clock.now() + this.answerSeconds * 1000 * (1 - MARGIN) : Infinity;
    let silentSince = clock.now();
    const watch = async (): Promise<void> => {
      for (;;) {
        const left = Math.min(endsAt, silentSince + SILENCE_MS) - clock.now();
        if (left <= 0) {
          this.wasCut = true;
          return cut.abort();
        }
        // What is listened to slowly is not silent.
        await clock.sleep(Math.min(left, SILENCE_MS), over.signal);
      }
    };
    // Called off, it ends by a rejection.
    const watching = watch().catch(() => undefined);
    try {
      for await (const event of open(AbortSignal.any([signal, cut.signal]))) {
        this.count += 1;
        silentSince = Infinity;
        yield event;
        silentSince = clock.now();
      }
    } finally {
      over.abort();
      await watching;
    }
  }
}
