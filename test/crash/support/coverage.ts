// Which points the runs of one driver passed, and at which a dispatcher was killed: what the gates ask.
import type { Point } from '../points.js';
import { isPoint, killedAt, type Entry } from './diary-entries.js';

export class Coverage {
  readonly killed = new Set<string>();
  kills = 0;
  readonly #passed = new Set<string>();

  constructor(readonly points: readonly Point[]) {}

  /** Takes a finished run in. */
  add(entries: readonly Entry[], run: string): void {
    for (const entry of entries) if (isPoint(entry)) this.#passed.add(entry.point);
    const at = killedAt(entries, run);
    for (const point of at) this.killed.add(point);
    if (at.length > 0) this.kills += 1;
  }

  /** Passed by a run, and named nowhere. */
  get unnamed(): string[] {
    const names = new Set(this.points.map(({ name }) => name));
    return [...this.#passed].filter((point) => !names.has(point)).sort();
  }

  /** Named, and no dispatcher was killed there. */
  get uncovered(): string[] {
    return this.points.map(({ name }) => name).filter((name) => !this.killed.has(name));
  }
}
