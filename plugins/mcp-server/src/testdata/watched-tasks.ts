// Tasks whose changes a test writes down, behind the `watch` of a control plane: level-triggered, as the real one.
import type { WatchTasksInput, WatchTasksOutput } from '@agent-dispatch/schemas';
import type { CallOptions } from '@agent-dispatch/core';

type Task = WatchTasksOutput['tasks'][number];

export class WatchedTasks {
  /** How often it was asked, and for which tasks. */
  readonly asked: string[][] = [];
  /** Watches under way. */
  waiting = 0;
  readonly #changes = new Map<string, Task['changed'][]>();
  #wake: (() => void)[] = [];

  constructor(...taskIds: string[]) {
    for (const taskId of taskIds) this.#changes.set(taskId, []);
  }

  change(taskId: string, ...changed: Task['changed']): void {
    this.#changes.get(taskId)?.push(changed);
    this.#tell();
  }

  purge(taskId: string): void {
    this.#changes.delete(taskId);
    this.#tell();
  }

  readonly watch = async (input: WatchTasksInput, { signal }: CallOptions = {}): Promise<WatchTasksOutput> => {
    this.asked.push(input.tasks.map(({ task_id }) => task_id));
    this.waiting += 1;
    try {
      for (;;) {
        const tasks = input.tasks.flatMap(({ task_id, seen }) => this.#newsOf(task_id, seen));
        const over = input.timeout_seconds === 0 || signal?.aborted === true;
        if (tasks.length > 0 || over) return { tasks, timed_out: tasks.length === 0 };
        await new Promise<void>((resolve) => {
          this.#wake.push(resolve);
          signal?.addEventListener('abort', () => resolve());
        });
      }
    } finally {
      this.waiting -= 1;
    }
  };

  #newsOf(task_id: string, seen: string | undefined): Task[] {
    const changes = this.#changes.get(task_id);
    if (changes === undefined) return [{ task_id, changed: [] }];
    if (seen === String(changes.length)) return [];
    const changed = seen === undefined ? [] : [...new Set(changes.slice(Number(seen)).flat())];
    return [{ task_id, seen: String(changes.length), changed }];
  }

  #tell(): void {
    const woken = this.#wake;
    this.#wake = [];
    for (const wake of woken) wake();
  }
}
