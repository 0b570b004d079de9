// Notices that a connection has gone silent: one whose other end vanished is not closed by anybody.
import { DispatchError } from '../../../errors/index.js';
import type { Clock } from '../../../provider/index.js';

/** The worker breaks its silence every 15 s. */
const SILENT_MS = 60_000;

export class Silence {
  readonly #closed = new AbortController();
  #heard = true;

  /** @param onSilence called once nothing was heard for one to two minutes. */
  constructor(
    private readonly clock: Clock,
    private readonly onSilence: (reason: Error) => void,
  ) {
    void this.#watch().catch(() => undefined);
  }

  heard(): void {
    this.#heard = true;
  }

  close(): void {
    this.#closed.abort();
  }

  async #watch(): Promise<void> {
    while (this.#heard) {
      this.#heard = false;
      await this.clock.sleep(SILENT_MS, this.#closed.signal);
    }
    const details = { ambiguous: true };
    this.onSilence(new DispatchError('AD_PROVIDER_UNAVAILABLE', 'The agent went silent.', { details }));
  }
}
