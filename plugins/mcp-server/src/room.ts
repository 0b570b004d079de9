// The room of one answer, given away piece by piece.
import { sizeOf, type BriefTask } from './brief-task.js';

export class Room {
  /** @param left bytes. */
  constructor(private left: number) {}

  /** Whether there was room. */
  take(value: unknown): boolean {
    if (this.left === Number.POSITIVE_INFINITY) return true;
    const bytes = sizeOf(value) + 1;
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }

  /** The first of the items, as many as there is room for. */
  first<Item>(items: readonly Item[]): Item[] {
    const end = items.findIndex((item) => !this.take(item));
    return end < 0 ? [...items] : items.slice(0, end);
  }

  /** The fuller of two views where there is room for it; the least has its room already. */
  fuller(least: BriefTask, full: BriefTask): BriefTask {
    if (this.left === Number.POSITIVE_INFINITY) return full;
    const more = sizeOf(full) - sizeOf(least);
    if (more > this.left) return least;
    this.left -= more;
    return full;
  }
}
