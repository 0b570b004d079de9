// Turns for what may be done only so often: each comes a fixed time after the one before, in the order of asking.
import type { Clock } from '../provider/index.js';

export class Pacer {
  readonly #next = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Resolves when it is the caller's turn. An aborted one rejects with the signal's reason; its turn is lost. */
  async turn(key: string, perSecond: number, signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const at = Math.max(now, this.#next.get(key) ?? now);
    this.#next.set(key, at + 1000 / perSecond);
    if (at > now) await this.clock.sleep(at - now, signal);
  }
}
