// When a checkpoint is due, and what may be removed after it: so rarely that its cost stays small beside the journal's,
// so often that start-up reads little more than the checkpoint itself. Short sessions count together: each of them begins
// a segment and may never fill it.
import type { Logger } from '../provider/index.js';
import { removeCovered, prepareCheckpoint } from './checkpoint.js';
import type { FileLayer } from './file-layer.js';
import type { SegmentName } from './journal.js';
import type { TaskTable } from './task-table.js';

export interface CheckpointsOptions {
  files: FileLayer;
  directories: { journal: string; checkpoint: string };
  table: TaskTable;
  /** A checkpoint is due when the journal behind the last one is over this size and over the size of that one, or in many pieces. */
  checkpointBytes: number;
  /** A session that was superseded must not replace what its successor builds on. */
  isCurrent: () => Promise<boolean>;
  logger?: Logger;
}

/** Each is a file to open and to sync at every start. */
const MOST_SEGMENTS = 64;

/** Complete segments of the journal that no checkpoint covers. */
export interface UncoveredTail {
  bytes: number;
  segments: number;
  last: SegmentName | undefined;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  #lastBytes: number;
  #tail: UncoveredTail;
  #running: Promise<void> | undefined;
  #stopped = false;

  /** @param found what start-up read. */
  constructor(options: CheckpointsOptions, found: { checkpointBytes: number; tail: UncoveredTail }) {
    this.#options = options;
    this.#lastBytes = found.checkpointBytes;
    this.#tail = found.tail;
  }

  /** A segment of the journal is complete. */
  completed(last: SegmentName, bytes: number): void {
    this.#tail = { bytes: this.#tail.bytes + bytes, segments: this.#tail.segments + 1, last };
  }

  /**
   * Begins one if it is due.
   * @param settled returns when all that the table holds by then is durable: nothing else may stand in a checkpoint.
   */
  consider(settled: () => Promise<void>): void {
    const { bytes, segments, last } = this.#tail;
    const due = bytes > Math.max(this.#options.checkpointBytes, this.#lastBytes) || segments > MOST_SEGMENTS;
    if (!due || last === undefined || this.#stopped) return;
    this.#running ??= this.#write(last, settled).finally(() => (this.#running = undefined));
  }

  /** Returns when none is being written. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** None is begun any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #write(covers: SegmentName, settled: () => Promise<void>): Promise<void> {
    const { files, directories, table, isCurrent, logger } = this.#options;
    const covered = this.#tail;
    try {
      const checkpoint = await prepareCheckpoint(files, directories.checkpoint, covers, table);
      await settled();
      if (!(await isCurrent())) return await checkpoint.discard();
      await checkpoint.publish();
      this.#lastBytes = checkpoint.bytes;
      const { bytes, segments, last } = this.#tail;
      this.#tail = { bytes: bytes - covered.bytes, segments: segments - covered.segments, last };
      await removeCovered(files, directories, covers);
    } catch (error) {
      logger?.warn('no checkpoint could be written; the journal is kept', { error: String(error) });
    }
  }
}
