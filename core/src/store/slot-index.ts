// What all tasks together reserve, by key: the sums on which admission is decided. A reservation with an end counts until
// then, whatever becomes of its task.
import { DueQueue } from './due-queue.js';
import type { Slot } from './task-store.js';

class Key {
  readonly #held = new Map<string, Slot>();
  readonly #ends = new DueQueue();
  #sum = 0;

  get sum(): number {
    return this.#sum;
  }

  set(taskId: string, slot: Slot): void {
    this.delete(taskId);
    this.#held.set(taskId, slot);
    this.#ends.set(taskId, slot.until);
    this.#sum += slot.amount;
  }

  delete(taskId: string): void {
    const slot = this.#held.get(taskId);
    if (!slot) return;
    this.#held.delete(taskId);
    this.#ends.set(taskId, undefined);
    this.#sum -= slot.amount;
  }

  /** Forgets what has ended. Returns when the next one ends; undefined when none does by itself. */
  expire(now: number): number | undefined {
    for (let first = this.#ends.peek(); first; first = this.#ends.peek()) {
      if (first.dueAt > now) return first.dueAt;
      this.delete(first.taskId);
    }
    return undefined;
  }
}

export class SlotIndex {
  readonly #keys = new Map<string, Key>();

  add(taskId: string, slots: readonly Slot[] = []): void {
    for (const slot of slots) {
      const key = this.#keys.get(slot.key) ?? new Key();
      this.#keys.set(slot.key, key);
      key.set(taskId, slot);
    }
  }

  remove(taskId: string, slots: readonly Slot[] = []): void {
    for (const { key } of slots) {
      const known = this.#keys.get(key);
      known?.delete(taskId);
      if (known?.sum === 0) this.#keys.delete(key);
    }
  }

  /** What is reserved now, and when some of it ends by itself. */
  taken(key: string, now: number): { sum: number; endsAt?: number } {
    const known = this.#keys.get(key);
    const endsAt = known?.expire(now);
    return { sum: known?.sum ?? 0, ...(endsAt !== undefined && { endsAt }) };
  }
}
