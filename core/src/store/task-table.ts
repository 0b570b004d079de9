// All tasks in memory: open ones whole, ended ones as a summary, with the indexes that follow from them. Knows no file
// and decides nothing; every change comes as a transition.
import { DueQueue } from './due-queue.js';
import { SlotIndex } from './slot-index.js';
import { dueAt, summarize, toStoredTask, type EventFileMark, type TaskState, type TaskSummary } from './task-state.js';
import type { StoredTask } from './task-store.js';
import { orphaned, withCommand, withHead, withOwner, type Transition } from './transitions.js';

export interface TaskEntry {
  summary: TaskSummary;
  /** Absent: the task rests in its document. */
  state?: TaskState;
  /** Where the record that could not be read stood. The task is not served until a later record replaces it. */
  damaged?: string;
}

/** The order of lists. */
export type ListKey = Pick<TaskSummary, 'createdAt' | 'taskId'>;

/** Newest first: by creation time, then by id. */
export const isNewer = (a: ListKey, b: ListKey): boolean =>
  a.createdAt > b.createdAt || (a.createdAt === b.createdAt && a.taskId > b.taskId);

export class TaskTable {
  readonly #entries = new Map<string, TaskEntry>();
  /** Oldest first. */
  #order: TaskEntry[] = [];
  readonly #due = new DueQueue();
  readonly #leaving = new Set<string>();
  readonly #lost = new Map<string, string>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #byKey = new Map<string, TaskSummary>();
  readonly #slots = new SlotIndex();

  get(taskId: string): TaskEntry | undefined {
    return this.#entries.get(taskId);
  }

  /** Oldest first. */
  get entries(): readonly TaskEntry[] {
    return this.#order;
  }

  byKey(key: string): TaskSummary | undefined {
    return this.#byKey.get(key);
  }

  /** What all tasks together reserve of the key, and when some of it ends by itself. */
  taken(key: string, now: number): { sum: number; endsAt?: number } {
    return this.#slots.taken(key, now);
  }

  /** The unowned task that is due first. */
  firstDue(): { taskId: string; dueAt: number } | undefined {
    return this.#due.peek();
  }

  ownedBy(owner: string): StoredTask[] {
    return [...(this.#byOwner.get(owner) ?? [])].flatMap((taskId) => {
      const state = this.get(taskId)?.state;
      return state ? [toStoredTask(state)] : [];
    });
  }

  owners(): string[] {
    return [...this.#byOwner.keys()];
  }

  apply(transition: Transition): void {
    switch (transition.type) {
      case 'task': {
        const entry = this.get(transition.head.record.taskId);
        // At rest with this or a later revision: an old record is told again.
        if (entry && !entry.state && !entry.damaged && transition.head.rev <= entry.summary.rev) return;
        const state = withHead(entry?.state, transition.head, transition.events);
        // A whole record makes up for one before it that could not be read.
        if (entry && state !== entry.state) entry.damaged = undefined;
        this.put(state);
        return;
      }
      case 'revive': {
        const { state } = transition;
        if (!this.get(state.record.taskId)?.state) this.put(state);
        return;
      }
      case 'post':
        this.#change(transition.taskId, (state) => withCommand(state, transition.command));
        return;
      case 'claim':
        for (const { taskId, fence } of transition.tasks) {
          this.#change(taskId, (state) => withOwner(state, transition.owner, fence));
        }
        return;
      case 'orphan':
        for (const { taskId, fence } of transition.tasks) {
          this.#change(taskId, (state) =>
            state.fence === fence ? orphaned(state, transition.owner, transition.at) : state,
          );
        }
        return;
      case 'purge':
        this.#remove(new Set(transition.tasks));
        for (const taskId of transition.tasks) this.#leaving.add(taskId);
    }
  }

  /** Gives an unowned task that is due to an owner. Returns it as it is then. */
  claim(taskId: string, owner: string): TaskState {
    const state = this.get(taskId)?.state;
    if (!state) throw new TypeError(`task ${taskId} is not in memory`);
    const claimed = withOwner(state, owner, state.fence + 1);
    this.put(claimed);
    return claimed;
  }

  /** The task whole, in place of what was known. */
  put(state: TaskState): void {
    const { taskId } = state.record;
    const entry = this.get(taskId);
    if (entry?.state === state) return;
    const summary = summarize(state);
    if (entry) {
      this.#unindex(entry);
      Object.assign(entry, { summary, state });
      this.#index(entry, state);
    } else {
      const added = { summary, state };
      this.#insert(added);
      this.#index(added, state);
    }
  }

  /** A task that rests in its document. */
  putSummary(summary: TaskSummary): void {
    const entry = { summary };
    this.#insert(entry);
    this.#index(entry);
  }

  /** Leaves the task to its document, if its state is still the one given. @param bytes it takes on disk. */
  rest(state: TaskState, bytes?: number): void {
    const entry = this.get(state.record.taskId);
    if (entry?.state !== state) return;
    this.#unindex(entry);
    entry.state = undefined;
    entry.summary = { ...entry.summary, ...(bytes !== undefined && { bytes }) };
    this.#index(entry);
  }

  /** Events up to the mark are in the events file and need no place in memory. */
  moveEvents(taskId: string, eventFile: EventFileMark): void {
    this.#change(taskId, (state) => ({
      ...state,
      eventFile,
      events: state.events.filter(({ seq }) => seq > eventFile.lastSeq),
    }));
  }

  /** Keeps a task from being served or claimed. */
  markDamaged(taskId: string, place: string): void {
    const entry = this.get(taskId);
    if (!entry) {
      this.#lost.set(taskId, place);
      return;
    }
    entry.damaged = place;
    this.#due.set(taskId, undefined);
  }

  /** Purged tasks whose files may still be there. */
  get leaving(): ReadonlySet<string> {
    return this.#leaving;
  }

  /** The files of a purged task are gone. */
  removed(taskId: string): void {
    this.#leaving.delete(taskId);
  }

  /** Tasks of which nothing is known but the place of a damaged record. */
  get lost(): ReadonlyMap<string, string> {
    return this.#lost;
  }

  #change(taskId: string, change: (state: TaskState) => TaskState): void {
    const state = this.get(taskId)?.state;
    if (state) this.put(change(state));
  }

  #insert(entry: TaskEntry): void {
    this.#lost.delete(entry.summary.taskId);
    this.#entries.set(entry.summary.taskId, entry);
    let place = this.#order.length;
    for (let before = this.#order[place - 1]; before && isNewer(before.summary, entry.summary);) {
      before = this.#order[--place - 1];
    }
    if (place === this.#order.length) this.#order.push(entry);
    else this.#order.splice(place, 0, entry);
  }

  #remove(tasks: ReadonlySet<string>): void {
    for (const taskId of tasks) {
      const entry = this.get(taskId);
      if (!entry) continue;
      this.#unindex(entry);
      this.#due.set(taskId, undefined);
      if (entry.summary.idempotency) this.#byKey.delete(entry.summary.idempotency.key);
      this.#entries.delete(taskId);
    }
    this.#order = this.#order.filter(({ summary }) => !tasks.has(summary.taskId));
  }

  #index({ summary, damaged }: TaskEntry, state?: TaskState): void {
    const { taskId, idempotency } = summary;
    if (idempotency) this.#byKey.set(idempotency.key, summary);
    this.#slots.add(taskId, summary.slots);
    if (state?.owner !== undefined) {
      const owned = this.#byOwner.get(state.owner) ?? new Set();
      this.#byOwner.set(state.owner, owned.add(taskId));
    }
    const claimable = state && state.owner === undefined && !damaged;
    this.#due.set(taskId, claimable ? dueAt(state) : undefined);
  }

  #unindex({ summary, state }: TaskEntry): void {
    this.#slots.remove(summary.taskId, summary.slots);
    if (state?.owner === undefined) return;
    const owned = this.#byOwner.get(state.owner);
    owned?.delete(summary.taskId);
    if (owned?.size === 0) this.#byOwner.delete(state.owner);
  }
}
