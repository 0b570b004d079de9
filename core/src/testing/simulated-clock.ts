// Time that stands still until a test moves it on.
import type { Clock } from '../provider/index.js';

interface Sleeper {
  at: number;
  wake: () => void;
}

/** Turns of the event loop in which what a step sets off may come to rest. */
const TURNS = 25;

/** Lets everything go on that waits for nothing but the event loop. */
export async function settle(turns = TURNS): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export class SimulatedClock implements Clock {
  private readonly sleepers = new Set<Sleeper>();

  /** @param time epoch milliseconds. */
  constructor(private time = Date.UTC(2030, 0, 1)) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(reasonOf(signal));
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { at: this.time + ms, wake };
      this.sleepers.add(sleeper);
      const abort = (): void => {
        this.sleepers.delete(sleeper);
        reject(reasonOf(signal));
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Moves time on. Who sleeps is woken in order, each at its time, and what it sets off comes to rest before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (let next = this.next(end); next; next = this.next(end)) {
      this.time = Math.max(this.time, next.at);
      this.sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.time = end;
    await settle();
  }

  private next(end: number): Sleeper | undefined {
    const due = [...this.sleepers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('the sleep was aborted', { cause: reason });
}
