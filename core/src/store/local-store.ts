// Tasks in a state directory of this machine, with one writer at a time. Opening is here: who may write, what a crash
// left, and then the parts that keep the promises of TableStore.
import { join } from 'node:path';
import type { Logger } from '../provider/index.js';
import { readCheckpoint, sweepTemporary } from './checkpoint.js';
import { Checkpoints } from './checkpoints.js';
import { DamagedLines } from './damaged-lines.js';
import { syncAbove } from './durable-directories.js';
import { claimEpoch, isCurrent, readEpoch, releaseEpoch, type Claimant, type EpochOwner } from './epoch.js';
import type { FileLayer } from './file-layer.js';
import { Incoming } from './incoming.js';
import { createInstallation, readInstallation } from './installation.js';
import { readTail, segmentsIn } from './journal-reader.js';
import { LocalBacking } from './local-backing.js';
import { nodeFiles } from './node-files.js';
import { asStoreError, sessionLost } from './store-errors.js';
import { TableStore, type StoreClock } from './table-store.js';
import { TaskDocuments } from './task-documents.js';
import { TaskPaths } from './task-paths.js';
import { freeze, type TaskState } from './task-state.js';
import type { StoreSession } from './task-store.js';
import { TaskTable } from './task-table.js';
import type { Transition } from './transitions.js';
import { Watchers } from './watchers.js';

export interface LocalStoreOptions {
  /** Absolute. Made when absent, for this user alone. */
  stateDir: string;
  clock: StoreClock;
  /** Default: the disk. */
  files?: FileLayer;
  logger?: Logger;
  /** How an owner found in the directory is judged. Default: by the process that its epoch file names. */
  liveness?: Claimant['liveness'];
  /** A journal file over this size is followed by another. Default 8 MiB. */
  segmentBytes?: number;
  /** Journal that start-up may have to read beside the checkpoint. Default 16 MiB; more when the checkpoint is larger. */
  checkpointBytes?: number;
}

const MIB = 1024 * 1024;

export class LocalStore extends TableStore {
  readonly #options: LocalStoreOptions;
  readonly #files: FileLayer;
  readonly #directories: { journal: string; checkpoint: string; damaged: string };
  #owner: EpochOwner | undefined;
  #backing: LocalBacking | undefined;
  #closing: Promise<void> | undefined;
  #tidying: Promise<void> | undefined;

  constructor(options: LocalStoreOptions) {
    super(options.clock);
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    const below = (name: string): string => join(options.stateDir, name);
    this.#directories = { journal: below('journal'), checkpoint: below('checkpoint'), damaged: below('damaged') };
  }

  /**
   * @param listening where this process can be reached; recorded for those who look for the owner.
   * Errors, beyond TaskStore's: AD_STORE_SCHEMA (no task was changed). AD_STORE_SESSION_LOST has `details.owner`, and
   * `details.liveness` is `unknown` when the recorded owner may be dead but that cannot be confirmed from here.
   */
  override async open(listening: { socket?: string } = {}): Promise<StoreSession> {
    if (this.#owner) throw new TypeError('a store is opened once');
    try {
      return await this.#open(listening.socket);
    } catch (error) {
      await this.#giveUp();
      throw asStoreError(`opening ${this.#options.stateDir}`, error, false);
    }
  }

  override close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** Returns when nothing is being written behind the journal. For tests and benchmarks. */
  async quiet(): Promise<void> {
    await this.#tidying;
    await this.#backing?.quiet();
  }

  async #open(socket: string | undefined): Promise<StoreSession> {
    const { stateDir, liveness } = this.#options;
    const files = this.#files;
    await files.makeDirectory(stateDir);
    const installation = await readInstallation(files, stateDir);
    if (!installation) await syncAbove(files, stateDir);
    const { incarnation } = this.lease;
    const after = (await segmentsIn(files, this.#directories.journal)).at(-1)?.epoch;
    const former = await readEpoch(files, stateDir);
    this.#owner = await claimEpoch(files, stateDir, { incarnation, socket, after, liveness });
    const closed = former?.releasedAt === undefined || former.journalFailed ? undefined : former.epoch;
    const { installationId } = installation ?? (await createInstallation(files, stateDir));
    for (const directory of Object.values(this.#directories)) await files.makeDirectory(directory);
    await files.syncDirectory(stateDir);
    return this.#recover(this.#owner, { installationId, closed });
  }

  /** @param closed the epoch before, if its owner gave it up in order. */
  async #recover(
    { epoch }: EpochOwner,
    { installationId, closed }: { installationId: string; closed: number | undefined },
  ): Promise<StoreSession> {
    const { stateDir, logger, segmentBytes = 8 * MIB, checkpointBytes = 16 * MIB } = this.#options;
    const files = this.#files;
    const { journal, checkpoint, damaged } = this.#directories;
    const table = new TaskTable();
    const onDamage = (taskId: string, place: string): void => table.markDamaged(taskId, place);
    const lines = new DamagedLines(files, damaged, onDamage, logger);

    await sweepTemporary(files, checkpoint);
    const documents = new TaskDocuments(files, new TaskPaths(files, stateDir));
    const restore = (taskId: string): Promise<TaskState | undefined> => documents.readIfSound(taskId);
    const found = await readCheckpoint(files, checkpoint, { table, damaged: lines, restore });
    const apply = (transition: Transition): void => table.apply(transition);
    const tail = await readTail(files, journal, { covered: found?.covers, closed, apply, damaged: lines });
    this.#orphanAll(table);
    const incoming = await new Incoming(files, stateDir).leftBehind();
    for (const { state } of table.entries) freeze(state);

    const stillOurs = (): Promise<boolean> => isCurrent(files, stateDir, epoch);
    const checkpoints = new Checkpoints(
      { files, directories: { journal, checkpoint }, table, checkpointBytes, isCurrent: stillOurs, logger },
      { checkpointBytes: found?.bytes ?? 0, tail },
    );
    const backing = new LocalBacking({
      files,
      stateDir,
      installationId,
      table,
      checkpoints,
      logger,
      journal: {
        directory: journal,
        epoch,
        sealed: tail.sealed,
        segmentBytes,
        isCurrent: stillOurs,
      },
    });
    this.#backing = backing;
    await backing.open();
    this.#tidying = this.#tidy(backing, { purged: [...table.leaving], incoming });
    return this.begin(table, backing, new Watchers(logger));
  }

  /** A crash may have come between the record of a purge and the removal, or before that of a new task. Nobody waits for it. */
  async #tidy(
    backing: LocalBacking,
    { purged, incoming }: { purged: readonly string[]; incoming: readonly string[] },
  ): Promise<void> {
    try {
      await backing.remove(purged);
      await backing.dropIncoming(incoming);
    } catch (error) {
      this.#options.logger?.warn('what is left of tasks could not be removed', { error: String(error) });
    }
  }

  /** Whoever owned a task wrote in an earlier epoch, and nobody does so any more. */
  #orphanAll(table: TaskTable): void {
    const at = this.now();
    for (const owner of table.owners()) {
      const tasks = table.ownedBy(owner).map(({ record, fence }) => ({ taskId: record.taskId, fence }));
      table.apply({ type: 'orphan', owner, at, tasks });
    }
  }

  async #close(): Promise<void> {
    this.lease.end(sessionLost('The store was closed.'));
    try {
      await this.#tidying;
      await this.#backing?.close();
      await this.#release();
    } catch (error) {
      throw asStoreError(`closing ${this.#options.stateDir}`, error, false);
    }
  }

  /** After an opening that failed, whose reason is the one to tell. */
  async #giveUp(): Promise<void> {
    try {
      await this.#backing?.close();
      await this.#release();
    } catch (error) {
      this.#options.logger?.warn('the state directory could not be given up', { error: String(error) });
    }
  }

  async #release(): Promise<void> {
    if (!this.#owner) return;
    const owner: EpochOwner = { ...this.#owner, ...(this.#backing?.journalFailed && { journalFailed: true }) };
    await releaseEpoch(this.#files, this.#options.stateDir, owner, this.now());
  }
}
