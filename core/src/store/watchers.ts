// Who wants to hear that a task may have changed. Hints of one turn of the event loop are merged.
import type { Logger } from '../provider/index.js';

type Listener = (taskId: string) => void;
export const ALL_TASKS = '*';

export class Watchers {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #changed = new Set<string>();

  constructor(private readonly logger?: Logger) {}

  watch(taskId: string, listener: Listener): () => void {
    // Of its own, so that a function given twice is called twice and removed once.
    const own: Listener = (changed) => listener(changed);
    const listeners = this.#listeners.get(taskId) ?? new Set();
    this.#listeners.set(taskId, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(taskId) === listeners) this.#listeners.delete(taskId);
    };
  }

  /** Called when the change can be read. */
  changed(taskIds: Iterable<string>): void {
    if (this.#listeners.size === 0) return;
    if (this.#changed.size === 0) setImmediate(() => this.#tell());
    for (const taskId of taskIds) this.#changed.add(taskId);
  }

  #tell(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const taskId of changed) {
      for (const listener of [...this.#of(taskId), ...this.#of(ALL_TASKS)]) this.#call(listener, taskId);
    }
  }

  #of(taskId: string): Iterable<Listener> {
    return this.#listeners.get(taskId) ?? [];
  }

  /** A listener's fault is its own: it must not keep others from hearing. */
  #call(listener: Listener, taskId: string): void {
    try {
      listener(taskId);
    } catch (error) {
      this.logger?.warn('a listener of the store failed', { taskId, error: String(error) });
    }
  }
}
