// Turns for calls that the service takes only so often. Each kind of call has a line of its own, as its quota has.
import type { Clock } from '@agent-dispatch/core/provider';

export class Turns {
  readonly #next = new Map<string, number>();

  constructor(private readonly perSecond: number) {}

  /** Resolves when it is the caller's turn. An aborted one rejects with the signal's reason; its turn is lost. */
  async take(action: string, clock: Clock, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const at = Math.max(now, this.#next.get(action) ?? now);
    this.#next.set(action, at + 1000 / this.perSecond);
    if (at > now) await clock.sleep(at - now, signal);
  }
}
