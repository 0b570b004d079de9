// How often a run is asked after: soon while something comes, ever more slowly while nothing does.
import type { DriverContext } from '../../../provider/index.js';

/** From one request to the next. */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 15_000;

export class Pauses {
  #pauseMs = SHORTEST_MS / 2;
  #askedAt = -Infinity;

  constructor(private readonly context: Pick<DriverContext, 'clock' | 'pace' | 'signal'>) {}

  /** Resolves when the next request may be sent. Rejects when the signal aborts. */
  async turn(): Promise<void> {
    const { clock, pace, signal } = this.context;
    const wait = this.#askedAt + this.#pauseMs - clock.now();
    if (wait > 0) await clock.sleep(wait, signal);
    // Also a turn that does not come is followed by a pause.
    this.#askedAt = clock.now();
    await pace();
    signal.throwIfAborted();
    this.#askedAt = clock.now();
  }

  /** The last request brought something. */
  came(): void {
    this.#pauseMs = SHORTEST_MS;
  }

  /** The last request brought nothing, or failed. */
  nothing(): void {
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_MS);
  }
}
