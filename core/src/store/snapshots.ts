// What is written behind the journal: documents of tasks that ended, after which they leave memory, and events of tasks
// that have many. Nobody waits for it; a failure is logged and made up for at the next occasion.
import type { Logger } from '../provider/index.js';
import { EVENTS_IN_MEMORY, type EventFiles } from './event-files.js';
import type { TaskDocuments } from './task-documents.js';
import { isAtRest, type TaskState } from './task-state.js';
import type { TaskSizes } from './task-sizes.js';
import type { TaskTable } from './task-table.js';

/** Threads that Node has for files. */
const THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
/** Written at the same time. Fewer than there are threads: the journal must never queue behind these. */
const PARALLEL = Math.max(3, THREADS - 4);
/** So many may wait in memory; then new tasks wait until there is room. */
const MOST_DUE = 4096;

export interface SnapshotParts {
  table: TaskTable;
  documents: TaskDocuments;
  events: EventFiles;
  sizes: TaskSizes;
  logger?: Logger;
}

export class Snapshots {
  readonly #due = new Set<string>();
  readonly #writing = new Map<string, Promise<void>>();
  #running: Promise<void> | undefined;
  readonly #waiting: (() => void)[] = [];
  #stopped = false;
  #expected = new Set<string>();

  constructor(private readonly parts: SnapshotParts) {}

  /** Tasks of which a session before may have written the document already. */
  expectWritten(taskIds: Iterable<string>): void {
    this.#expected = new Set(taskIds);
  }

  /** To be called with tasks whose latest state is durable in the journal. */
  consider(taskIds: Iterable<string>): void {
    for (const taskId of taskIds) {
      const state = this.parts.table.get(taskId)?.state;
      if (state && isDue(state)) this.#due.add(taskId);
    }
    if (this.#due.size > 0 && !this.#stopped) this.#running ??= this.#run();
  }

  /** Until there is room for more tasks. What is due may fail, but never stays: nobody waits for ever. */
  room(): Promise<void> | undefined {
    if (this.#due.size < MOST_DUE || !this.#running) return undefined;
    return new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Returns when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Returns when nothing of these tasks is being written. Of tasks that are gone from the table nothing is begun any more. */
  async settled(taskIds: Iterable<string>): Promise<void> {
    for (const taskId of taskIds) await this.#writing.get(taskId);
  }

  /** What is due stays in the journal. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Those that answer callers come first.
    await new Promise(setImmediate);
    await Promise.all(Array.from({ length: PARALLEL }, () => this.#work()));
    this.#running = undefined;
    this.#tellRoom();
    this.consider([]);
  }

  async #work(): Promise<void> {
    for (const taskId of this.#due) {
      if (this.#stopped) return;
      // One at a time of each task. Whoever writes it now comes to it again: what is due anew is last in the set.
      if (this.#writing.has(taskId)) continue;
      this.#due.delete(taskId);
      const writing = this.#writeLogged(taskId);
      this.#writing.set(taskId, writing);
      await writing;
      this.#writing.delete(taskId);
      if (this.#due.size < MOST_DUE) this.#tellRoom();
    }
  }

  #tellRoom(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #writeLogged(taskId: string): Promise<void> {
    try {
      await this.#write(taskId);
    } catch (error) {
      this.parts.logger?.warn('a task could not be written to its directory; the journal still has it', {
        taskId,
        error: String(error),
      });
    }
  }

  async #write(taskId: string): Promise<void> {
    const state = this.parts.table.get(taskId)?.state;
    if (!state || !isDue(state)) return;
    if (isAtRest(state)) {
      const { documents, sizes } = this.parts;
      const written = this.#expected.delete(taskId) ? await documents.confirm(state) : undefined;
      const bytes = await sizes.measure(state, written ?? (await documents.write(state)));
      this.parts.table.rest(state, bytes);
      return;
    }
    this.parts.table.moveEvents(taskId, await this.parts.events.append(state));
  }
}

const isDue = (state: TaskState): boolean => isAtRest(state) || state.events.length >= EVENTS_IN_MEMORY;
