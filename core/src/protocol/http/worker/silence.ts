// Notices that a connection has gone silent: one whose other end vanished is not closed by anybody.
import type { Clock } from '../../../provider/index.js';

/** The worker breaks its silence every 15 s. */
const SILENT_MS = 60_000;

export class Silence {
  readonly #over = new AbortController();
  readonly #closed = new AbortController();
  #heard = true;

  /** @param outer its abort is this one's too. */
  constructor(
    private readonly clock: Clock,
    private readonly outer: AbortSignal,
  ) {
    outer.addEventListener('abort', this.#abort, { once: true });
    if (outer.aborted) this.#abort();
  }

  /** Aborts once nothing was heard for one to two minutes of watching. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** From the beginning of an answer on: before it, a machine may still be made. */
  watch(): void {
    void this.#watch().catch(() => undefined);
  }

  heard(): void {
    this.#heard = true;
  }

  readonly close = (): void => {
    this.outer.removeEventListener('abort', this.#abort);
    this.#closed.abort();
  };

  readonly #abort = (): void => {
    this.#over.abort(this.outer.reason);
    this.close();
  };

  async #watch(): Promise<void> {
    while (this.#heard) {
      this.#heard = false;
      await this.clock.sleep(SILENT_MS, this.#closed.signal);
    }
    this.#over.abort(new Error('nothing came from the agent any more'));
  }
}
