// What a table of tasks needs, kept in a state directory: the journal before the answer, everything else behind it.
import type { Logger } from '../provider/index.js';
import type { Backing } from './backing.js';
import { Blobs } from './blobs.js';
import type { Checkpoints } from './checkpoints.js';
import { EventFiles } from './event-files.js';
import type { FileLayer } from './file-layer.js';
import { Incoming } from './incoming.js';
import { Journal, type JournalOptions } from './journal.js';
import { LogFiles } from './log-files.js';
import { Snapshots } from './snapshots.js';
import { asStoreError } from './store-errors.js';
import { TaskDocuments } from './task-documents.js';
import { TaskPaths } from './task-paths.js';
import { TaskSizes } from './task-sizes.js';
import type { TaskTable } from './task-table.js';
import { tasksOf } from './transitions.js';

export interface LocalBackingOptions {
  files: FileLayer;
  stateDir: string;
  installationId: string;
  table: TaskTable;
  checkpoints: Checkpoints;
  journal: Omit<JournalOptions, 'files' | 'onRotated'>;
  logger?: Logger;
}

export class LocalBacking implements Backing {
  readonly installationId: string;
  readonly #options: LocalBackingOptions;
  readonly #paths: TaskPaths;
  readonly #documents: TaskDocuments;
  readonly #events: EventFiles;
  readonly #logs: LogFiles;
  readonly #blobs: Blobs;
  readonly #incoming: Incoming;
  readonly #snapshots: Snapshots;
  readonly #journal: Journal;
  #begun: Promise<void> | undefined;

  constructor(options: LocalBackingOptions) {
    const { files, stateDir, table, checkpoints, logger } = options;
    this.#options = options;
    this.installationId = options.installationId;
    this.#paths = new TaskPaths(files, stateDir);
    this.#documents = new TaskDocuments(files, this.#paths);
    this.#events = new EventFiles(files, this.#paths);
    this.#logs = new LogFiles(files, this.#paths, options.journal.isCurrent);
    this.#blobs = new Blobs(files, this.#paths);
    this.#incoming = new Incoming(files, stateDir);
    const sizes = new TaskSizes(files, this.#paths);
    this.#snapshots = new Snapshots({ table, documents: this.#documents, events: this.#events, sizes, logger });
    const onRotated: JournalOptions['onRotated'] = (completed, bytes) => {
      this.#snapshotAll();
      checkpoints.completed(completed, bytes);
      this.#considerCheckpoint();
    };
    this.#journal = new Journal({ ...options.journal, files, onRotated });
  }

  async open(): Promise<void> {
    await this.#journal.open();
    const whole = this.#options.table.entries.filter(({ state }) => state !== undefined);
    this.#snapshots.expectWritten(whole.map(({ summary }) => summary.taskId));
    this.#snapshotAll();
    // What rests by then takes little room in a checkpoint, and no later start has to look for its document.
    this.#begun = this.#snapshots.idle().then(() => this.#considerCheckpoint());
  }

  get journalFailed(): boolean {
    return this.#journal.failed;
  }

  /** Returns when nothing is being written behind. */
  async quiet(): Promise<void> {
    await this.#begun;
    await this.#snapshots.idle();
    await this.#options.checkpoints.idle();
  }

  /** All that was given to `write` is durable or was refused; nothing is written any more. */
  async close(): Promise<void> {
    await this.#options.checkpoints.stop();
    await this.#journal.close();
    await this.#snapshots.stop();
    await this.#logs.close();
  }

  room: Backing['room'] = () => this.#snapshots.room();

  write: Backing['write'] = async (transitions) => {
    await this.#journal.append(transitions);
    this.#snapshots.consider(transitions.flatMap(tasksOf));
  };

  load: Backing['load'] = (taskId) => told('reading a task', this.#documents.read(taskId));

  olderEvents: Backing['olderEvents'] = async ({ record: { taskId }, eventFile }, afterSeq, limit) =>
    eventFile ? told('reading events', this.#events.read(taskId, eventFile, afterSeq, limit)) : [];

  appendLog: Backing['appendLog'] = (taskId, offset, bytes) =>
    told('writing a log', this.#logs.append(taskId, offset, bytes), true);

  readLog: Backing['readLog'] = (taskId, offset, maxBytes) =>
    told('reading a log', this.#logs.read(taskId, offset, maxBytes));

  putBlob: Backing['putBlob'] = (taskId, name, content) =>
    told('writing a value', this.#blobs.put(taskId, name, content), true);

  getBlob: Backing['getBlob'] = (taskId, name, offset, maxBytes) =>
    told('reading a value', this.#blobs.get(taskId, name, offset, maxBytes));

  borrowBlob: Backing['borrowBlob'] = (taskId, name) => told('reading a value', this.#blobs.borrow(taskId, name));

  incoming: Backing['incoming'] = async (taskId) => {
    const values = await told('writing a value', this.#incoming.begin(taskId, this.#blobs), true);
    return {
      put: (name, content) => told('writing a value', values.put(name, content), true),
      settle: () => told('writing a value', values.settle(), true),
      arrived: () => told('writing a value', values.arrived(), true),
    };
  };

  /** Removes what was stored for tasks that never came to be. @param taskIds as an earlier process named them. */
  async dropIncoming(taskIds: readonly string[]): Promise<void> {
    const { files, table } = this.#options;
    for (const taskId of taskIds) {
      // What is known of by a damaged record alone may be all that is left of a task.
      const isKnown = table.get(taskId) !== undefined || table.lost.has(taskId);
      if (!isKnown) await told('removing a task', files.remove(this.#paths.directory(taskId)), true);
      await told('removing a task', this.#incoming.forget(taskId), true);
    }
  }

  sizes: Backing['sizes'] = async () => {
    await this.#snapshots.idle();
    return ({ bytes = 0 }) => bytes;
  };

  remove: Backing['remove'] = async (taskIds) => {
    // It would make the directory again.
    await this.#snapshots.settled(taskIds);
    const failures: unknown[] = [];
    for (const taskId of taskIds) await this.#remove(taskId).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw asStoreError('removing a task', failures[0], true);
  };

  async #remove(taskId: string): Promise<void> {
    this.#documents.forget(taskId);
    await this.#logs.forget(taskId);
    await this.#options.files.remove(this.#paths.directory(taskId));
    this.#options.table.removed(taskId);
  }

  /** Looks through all tasks for what should be written behind and was not. */
  #snapshotAll(): void {
    this.#snapshots.consider(this.#options.table.entries.map(({ summary }) => summary.taskId));
  }

  #considerCheckpoint(): void {
    this.#options.checkpoints.consider(() => this.#journal.append([]));
  }
}

/** With the store's own errors. */
async function told<Value>(doing: string, work: Promise<Value>, ambiguous = false): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    throw asStoreError(doing, error, ambiguous);
  }
}
