// Who goes on next, and what time it is: every wait of a modelled world is a turn here, and whoever drives the world
// chooses which turn comes. What the cloud does by itself happens exactly at its time.
import type { Clock } from '../../../provider/index.js';

export interface Turn {
  /** Who waits: a host, or the cloud. What a dead host waits for never comes. */
  owner: string;
  label: string;
  /** Epoch milliseconds; it may be chosen from then on. */
  at: number;
  go: () => void;
}

export const CLOUD = 'cloud';

export class Timeline implements Clock {
  private turns: Turn[] = [];
  private readonly gone = new Set<string>();

  constructor(private time = Date.UTC(2030, 0, 1)) {}

  now(): number {
    return this.time;
  }

  /** Resolves when it is chosen. */
  turn(owner: string, label: string): Promise<void> {
    return this.wait(owner, label, 0);
  }

  /** Resolves at once, but never for who is gone. */
  alive(owner: string): Promise<void> {
    return this.gone.has(owner) ? new Promise(() => undefined) : Promise.resolve();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.wait(CLOUD, 'cloud', ms, signal);
  }

  /** The time as one host sees it. */
  clockOf(owner: string): Clock {
    return {
      now: () => this.time,
      sleep: (ms, signal) => this.wait(owner, `timer ${String(ms)} ms`, ms, signal),
    };
  }

  /** What the cloud does after so long, whoever is still there to see it. */
  later(ms: number, label: string, go: () => void): void {
    this.turns.push({ owner: CLOUD, label, at: this.time + ms, go });
  }

  /** Turns that may be chosen now; who asked first comes first. */
  ready(): Turn[] {
    return this.turns.filter(({ at, owner }) => at <= this.time && owner !== CLOUD);
  }

  /** When the next turn may be chosen that may not be yet; undefined when there is none. */
  nextAt(): number | undefined {
    const times = this.turns.filter(({ at, owner }) => at > this.time || owner === CLOUD).map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  choose(turn: Turn): void {
    this.turns = this.turns.filter((other) => other !== turn);
    turn.go();
  }

  /** Moves time on; the cloud's own turns come at their time. Returns what the cloud did. */
  moveTo(end: number): string[] {
    const done: string[] = [];
    for (let next = this.nextOfCloud(end); next; next = this.nextOfCloud(end)) {
      this.time = Math.max(this.time, next.at);
      this.choose(next);
      done.push(next.label);
    }
    this.time = Math.max(this.time, end);
    return done;
  }

  /** Nothing of this owner goes on any more. */
  drop(owner: string): void {
    this.gone.add(owner);
    this.turns = this.turns.filter((turn) => turn.owner !== owner);
  }

  private nextOfCloud(end: number): Turn | undefined {
    const due = this.turns.filter(({ owner, at }) => owner === CLOUD && at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }

  private wait(owner: string, label: string, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        this.turns = this.turns.filter((other) => other !== turn);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('the wait was aborted'));
      };
      const go = (): void => {
        signal?.removeEventListener('abort', fail);
        resolve();
      };
      const turn = { owner, label, at: this.time + Math.max(ms, 0), go };
      if (this.gone.has(owner)) return;
      if (signal?.aborted) return fail();
      this.turns.push(turn);
      signal?.addEventListener('abort', fail, { once: true });
    });
  }
}
