// The table and its backing as one: a transition is applied at once and made durable behind, and a task that is being
// written is waited for before anyone is told of it.
import { isDispatchError } from '../errors/index.js';
import type { Backing } from './backing.js';
import type { Session } from './session.js';
import { asStoreError, corrupt, taskNotFound } from './store-errors.js';
import type { TaskState } from './task-state.js';
import type { TaskEntry, TaskTable } from './task-table.js';
import { tasksOf, type Transition } from './transitions.js';
import type { Watchers } from './watchers.js';

export class DurableTable {
  /** The latest write of a task, while it is under way. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(
    readonly table: TaskTable,
    readonly backing: Backing,
    readonly watchers: Watchers,
    private readonly session: Session,
  ) {}

  /** Errors: AD_TASK_NOT_FOUND, AD_STORE_CORRUPT. */
  entry(taskId: string): TaskEntry {
    const entry = this.table.get(taskId);
    const damaged = entry ? entry.damaged : this.table.lost.get(taskId);
    if (damaged !== undefined) {
      throw corrupt(`A record of task ${taskId} is damaged (${damaged}).`, { taskId, place: damaged });
    }
    if (!entry) throw taskNotFound(taskId);
    return entry;
  }

  /** The task whole, durable and current. Errors: AD_TASK_NOT_FOUND, AD_STORE_CORRUPT, AD_STORE_UNAVAILABLE. */
  async state(taskId: string): Promise<TaskState> {
    for (;;) {
      await this.settled(taskId);
      const { state, summary } = this.entry(taskId);
      if (state) return state;
      const loaded = await this.#load(taskId);
      const known = this.entry(taskId);
      // While it was read, the task may have come back, changed and gone to rest again.
      if (known.summary !== summary || known.state) continue;
      if (loaded.rev === summary.rev) return loaded;
      throw corrupt(`The document of task ${taskId} is not the latest.`, {
        taskId,
        found: loaded.rev,
        known: summary.rev,
      });
    }
  }

  /** undefined when there is no such task, or no longer. */
  async stateIfAny(taskId: string): Promise<TaskState | undefined> {
    try {
      return await this.state(taskId);
    } catch (error) {
      if (isDispatchError(error) && error.code === 'AD_TASK_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** Returns when what is known of the task is durable. */
  async settled(taskId: string): Promise<void> {
    for (let writing = this.#writing.get(taskId); writing; writing = this.#writing.get(taskId)) await writing;
  }

  /** Applies at once; durable on return. */
  async write(transitions: readonly Transition[]): Promise<void> {
    for (const transition of transitions) this.table.apply(transition);
    await this.persist(transitions);
  }

  /** For transitions that the table has applied; durable on return. A failure ends the session. */
  async persist(transitions: readonly Transition[]): Promise<void> {
    if (transitions.length === 0) return;
    const taskIds = transitions.flatMap(tasksOf);
    const writing = this.backing.write(transitions).catch((error: unknown) => {
      // The table now holds what may never become true.
      const reason = asStoreError('writing', error, true);
      this.session.end(reason);
      throw reason;
    });
    for (const taskId of taskIds) this.#writing.set(taskId, writing);
    try {
      await writing;
    } finally {
      for (const taskId of taskIds) if (this.#writing.get(taskId) === writing) this.#writing.delete(taskId);
    }
    this.watchers.changed(taskIds);
  }

  async #load(taskId: string): Promise<TaskState> {
    try {
      return await this.backing.load(taskId);
    } catch (error) {
      this.entry(taskId); // Purged meanwhile: that is what there is to say.
      throw error;
    }
  }
}
