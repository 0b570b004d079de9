// When a checkpoint is due, and what may be removed after it: so rarely that its cost stays small beside the journal's,
// so often that start-up reads little more than the checkpoint itself.
import type { Logger } from '../provider/index.js';
import { removeCovered, prepareCheckpoint } from './checkpoint.js';
import type { FileLayer } from './file-layer.js';
import type { SegmentName } from './journal.js';
import type { TaskTable } from './task-table.js';

export interface CheckpointsOptions {
  files: FileLayer;
  directories: { journal: string; checkpoint: string };
  table: TaskTable;
  /** A checkpoint is due when the journal behind the last one is over this size, and over the size of that one. */
  checkpointBytes: number;
  /** A session that was superseded must not replace what its successor builds on. */
  isCurrent: () => Promise<boolean>;
  logger?: Logger;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  #lastBytes: number;
  #tailBytes: number;
  #running: Promise<void> | undefined;

  /** @param found what start-up read. */
  constructor(options: CheckpointsOptions, found: { checkpointBytes: number; tailBytes: number }) {
    this.#options = options;
    this.#lastBytes = found.checkpointBytes;
    this.#tailBytes = found.tailBytes;
  }

  /**
   * A segment of the journal is complete.
   * @param settled returns when all that the table holds by then is durable: nothing else may stand in a checkpoint.
   */
  completed(segment: SegmentName, bytes: number, settled: () => Promise<void>): void {
    this.#tailBytes += bytes;
    const due = this.#tailBytes > Math.max(this.#options.checkpointBytes, this.#lastBytes);
    if (due) this.#running ??= this.#write(segment, settled).finally(() => (this.#running = undefined));
  }

  /** Returns when none is being written. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #write(covers: SegmentName, settled: () => Promise<void>): Promise<void> {
    const { files, directories, table, isCurrent, logger } = this.#options;
    const covered = this.#tailBytes;
    try {
      const checkpoint = await prepareCheckpoint(files, directories.checkpoint, covers, table);
      await settled();
      if (!(await isCurrent())) return await checkpoint.discard();
      await checkpoint.publish();
      this.#lastBytes = checkpoint.bytes;
      this.#tailBytes -= covered;
      await removeCovered(files, directories, covers);
    } catch (error) {
      logger?.warn('no checkpoint could be written; the journal is kept', { error: String(error) });
    }
  }
}
