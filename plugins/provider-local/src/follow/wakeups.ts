// Wakes a follower when something changed in a directory: by the system's notice, with a poll behind it that never trusts it alone.
import { watch, type FSWatcher } from 'node:fs';
import type { Clock } from '@agent-dispatch/core/provider';

/** Until the first notice came: some file systems never send one. */
const POLL_MS = 50;
/** Afterwards. Also how often the follower looks whether the shim lives. */
export const SLOW_POLL_MS = 1_000;

export class Wakeups {
  #watcher: FSWatcher | undefined;
  #noticed = false;
  #pollMs = POLL_MS;
  #wake: (() => void) | undefined;

  constructor(
    directory: string,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {
    this.#watcher = this.#watch(directory);
  }

  /** Resolves after a change since the last call, at the next poll, or when the signal aborts. */
  async next(): Promise<void> {
    if (!this.#noticed && !this.signal.aborted) await this.#wait();
    this.#noticed = false;
  }

  /** For changes that are learned of in another way. */
  notice(): void {
    this.#noticed = true;
    this.#wake?.();
  }

  close(): void {
    this.#watcher?.close();
  }

  async #wait(): Promise<void> {
    const stop = new AbortController();
    const abort = (): void => {
      stop.abort();
    };
    this.#wake = abort;
    this.signal.addEventListener('abort', abort, { once: true });
    try {
      await this.clock.sleep(this.#pollMs, stop.signal);
    } catch (error) {
      // The sleep rejects only because it was cut short, which is what waking means.
      if (!stop.signal.aborted) throw error;
    } finally {
      this.#wake = undefined;
      this.signal.removeEventListener('abort', abort);
    }
  }

  #watch(directory: string): FSWatcher | undefined {
    try {
      const watcher = watch(directory, { persistent: false }, () => {
        this.#pollMs = SLOW_POLL_MS;
        this.notice();
      });
      watcher.on('error', () => {
        watcher.close();
        this.#pollMs = POLL_MS;
      });
      return watcher;
    } catch {
      // No watch to be had (limits of the system): the poll does it alone.
      return undefined;
    }
  }
}
