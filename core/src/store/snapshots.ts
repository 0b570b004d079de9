// What is written behind the journal: documents of tasks that ended, after which they leave memory, and events of tasks
// that have many. Nobody waits for it; a failure is logged and made up for at the next occasion.
import type { Logger } from '../provider/index.js';
import { EVENTS_IN_MEMORY, type EventFiles } from './event-files.js';
import type { TaskDocuments } from './task-documents.js';
import { isAtRest, type TaskState } from './task-state.js';
import type { TaskTable } from './task-table.js';

/** Written at the same time. Below the four threads that Node has for files: the journal must never queue behind these. */
const PARALLEL = 3;

export class Snapshots {
  readonly #due = new Set<string>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly table: TaskTable,
    private readonly documents: TaskDocuments,
    private readonly events: EventFiles,
    private readonly logger?: Logger,
  ) {}

  /** To be called with tasks whose latest state is durable in the journal. */
  consider(taskIds: Iterable<string>): void {
    for (const taskId of taskIds) {
      const state = this.table.get(taskId)?.state;
      if (state && isDue(state)) this.#due.add(taskId);
    }
    if (this.#due.size > 0 && !this.#stopped) this.#running ??= this.#run();
  }

  /** Returns when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** What is due stays in the journal. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Those that answer callers come first.
    await new Promise(setImmediate);
    while (this.#due.size > 0 && !this.#stopped) {
      const batch = [...this.#due].slice(0, PARALLEL);
      for (const taskId of batch) this.#due.delete(taskId);
      await Promise.all(batch.map((taskId) => this.#writeLogged(taskId)));
    }
    this.#running = undefined;
  }

  async #writeLogged(taskId: string): Promise<void> {
    try {
      await this.#write(taskId);
    } catch (error) {
      this.logger?.warn('a task could not be written to its directory; the journal still has it', {
        taskId,
        error: String(error),
      });
    }
  }

  async #write(taskId: string): Promise<void> {
    const state = this.table.get(taskId)?.state;
    if (!state || !isDue(state)) return;
    if (isAtRest(state)) {
      await this.documents.write(state);
      this.table.rest(state);
      return;
    }
    this.table.moveEvents(taskId, await this.events.append(state));
  }
}

const isDue = (state: TaskState): boolean => isAtRest(state) || state.events.length >= EVENTS_IN_MEMORY;
