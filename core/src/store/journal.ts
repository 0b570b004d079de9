// The writer of the journal: all that waits is written and synced together, and acknowledged only while the epoch is
// still ours. The first failure seals it for good: what then is on disk is for the next session to find out.
import { join } from 'node:path';
import { DispatchError } from '../errors/index.js';
import type { FileLayer, OpenFile } from './file-layer.js';
import { encodeLine } from './record-codec.js';
import { asStoreError, sessionLost, superseded } from './store-errors.js';
import type { Transition } from './transitions.js';

/** Version of the lines. */
export const JOURNAL_VERSION = 1;
/** A batch is cut here, so that one sync never waits for an endless write. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** One file of the journal. */
export interface SegmentName {
  epoch: number;
  number: number;
}

/** The first line of a segment. `sealed`: what counts of the segments before; anything after was written too late. */
export interface SegmentHeader {
  type: 'segment';
  version: number;
  sealed?: Readonly<Record<string, number>>;
}

export const segmentFile = ({ epoch, number }: SegmentName): string => `${epoch}-${number}.jsonl`;

export interface JournalOptions {
  files: FileLayer;
  directory: string;
  epoch: number;
  /** Lengths of the segments of earlier sessions that were read. */
  sealed: Readonly<Record<string, number>>;
  /** A segment over this size is followed by another. */
  segmentBytes: number;
  /** Asked after each sync. */
  isCurrent: () => Promise<boolean>;
  /** Called when a segment is complete and the next is begun. */
  onRotated: (completed: SegmentName, bytes: number) => void;
}

interface Waiting {
  lines: string;
  resolve: () => void;
  reject: (reason: DispatchError) => void;
}

export class Journal {
  readonly #options: JournalOptions;
  #number = 0;
  #file: OpenFile | undefined;
  #size = 0;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #failure: DispatchError | undefined;
  #failed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** What is on disk behind the last acknowledgement is uncertain. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Begins the first segment. */
  async open(): Promise<void> {
    await this.#beginSegment();
  }

  /** Durable on return, in the order of the calls. Calls made while a sync runs share the next. */
  append(transitions: readonly Transition[]): Promise<void> {
    if (this.#failure) return Promise.reject(behind(this.#failure));
    const lines = transitions.map(encodeLine).join('');
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Returns when all that was appended is durable or has failed, and the file is closed. */
  async close(): Promise<void> {
    await this.#running;
    await this.#file?.close();
    this.#file = undefined;
    this.#failure ??= sessionLost('The store was closed.');
  }

  async #run(): Promise<void> {
    // Everything that the current turn of the event loop appends shares the first sync.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#failure) {
      const batch = this.#nextBatch();
      try {
        await this.#writeBatch(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#seal(error, batch);
      }
    }
    this.#running = undefined;
  }

  #nextBatch(): Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ lines }) => (bytes += lines.length) > MAX_BATCH_BYTES);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end));
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    if (this.#size > this.#options.segmentBytes) await this.#rotate();
    await this.#writeDurably(Buffer.from(batch.map(({ lines }) => lines).join('')));
    // Checked after the sync: before it, a successor could seal these lines out and we would acknowledge them.
    if (await this.#options.isCurrent()) return;
    throw superseded({ ambiguous: true });
  }

  async #writeDurably(bytes: Buffer): Promise<void> {
    if (!this.#file) throw new TypeError('the journal is not open');
    await this.#file.write(this.#size, bytes);
    await this.#file.datasync();
    this.#size += bytes.length;
  }

  async #rotate(): Promise<void> {
    const completed = { epoch: this.#options.epoch, number: this.#number };
    const bytes = this.#size;
    await this.#file?.close();
    await this.#beginSegment();
    this.#options.onRotated(completed, bytes);
  }

  async #beginSegment(): Promise<void> {
    const { files, directory, epoch, sealed } = this.#options;
    this.#number++;
    this.#file = await files.open(join(directory, segmentFile({ epoch, number: this.#number })), 'create');
    this.#size = 0;
    const header: SegmentHeader = { type: 'segment', version: JOURNAL_VERSION, ...(this.#number === 1 && { sealed }) };
    await this.#writeDurably(Buffer.from(encodeLine(header)));
    await files.syncDirectory(directory);
  }

  /** The batch may be on disk or not; what waits behind it was never written. */
  #seal(error: unknown, batch: readonly Waiting[]): void {
    this.#failed = true;
    this.#failure = asStoreError(`writing ${this.#options.directory}`, error, true);
    for (const { reject } of batch) reject(this.#failure);
    for (const { reject } of this.#waiting.splice(0)) reject(behind(this.#failure));
  }
}

/** For what comes after a failure: it was never written. */
const behind = ({ code, message, details, cause }: DispatchError): DispatchError =>
  new DispatchError(code, message, { details: { ...details, ambiguous: false }, cause });
