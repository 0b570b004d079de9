// The events of one run on disk: a line each, numbered without gaps, so that an event's number is its line's.
// What is added while a write is under way goes out with the next one. Readers take from the file at their own pace.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import { writeText } from '../files/write-text.js';
import type { RunEvent } from './run.js';
import type { EventsPlace } from './run-files.js';
import { LineReader } from './line-reader.js';

/** More than this must not wait to be written: producers then wait for `settled`. */
const HIGH_WATER = 128 * 1024;
const BATCH = 64 * 1024;
/** A place is remembered about every so many bytes: reading begins at the nearest one. */
const PLACE_EVERY = 1024 * 1024;

interface Waiting {
  readonly event: WorkerEvent & { at: number };
  /** Its line without the number, which it gets when it is written. */
  readonly body: string;
}

export class EventLog {
  readonly #path: string;
  readonly #now: () => number;
  #handle: FileHandle | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #written: EventsPlace = { seq: 0, offset: 0 };
  #places: EventsPlace[] = [{ seq: 0, offset: 0 }];
  /** Events after the last written one, when the disk takes no more. Only those that tell how the run stands. */
  #unwritten: RunEvent[] = [];
  #broken = false;
  /** There is something to read, or never will be. */
  readonly #opened: Promise<void>;
  #open!: () => void;
  #closed = false;
  readonly #readers = new Set<() => void>();

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  async create(): Promise<void> {
    this.#handle = await open(this.#path, 'wx', 0o600);
    this.#open();
  }

  /**
   * The log as an earlier worker left it. Without its end the file is read, and a line that was not finished is cut; it may have
   * been killed before it made one.
   * @param seen is told each line of it that is read.
   */
  async reopen(end?: EventsPlace, seen?: (line: string) => void): Promise<void> {
    this.#handle = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    if (end) this.#moveTo(end);
    else await this.#findEnd(this.#handle, seen);
    this.#open();
  }

  async #findEnd(handle: FileHandle, seen?: (line: string) => void): Promise<void> {
    const reader = new LineReader(handle, 0);
    const { size } = await handle.stat();
    for (let line = await reader.next(size); line !== undefined; line = await reader.next(size)) {
      seen?.(line);
      this.#moveTo({ seq: this.#written.seq + 1, offset: reader.offset });
    }
    await handle.truncate(this.#written.offset);
  }

  /** Undefined when the disk did not take all of it. */
  get end(): EventsPlace | undefined {
    return this.#broken ? undefined : this.#written;
  }

  /** Of the newest event that can be read. */
  get lastSeq(): number {
    return this.#unwritten.at(-1)?.seq ?? this.#written.seq;
  }

  /** Returns the bytes it takes. */
  add(event: WorkerEvent): number {
    const dated = { at: this.#now(), ...event };
    const body = JSON.stringify(dated).slice(1);
    this.#waiting.push({ event: dated, body });
    this.#waitingBytes += body.length;
    this.#writing ??= this.#writeAll();
    return body.length;
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    if (this.#waitingBytes > HIGH_WATER) await this.settled();
  }

  /** Resolves when everything that was added can be read. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Nothing is added any more. */
  async close(): Promise<void> {
    await this.settled();
    this.#closed = true;
    this.#open();
    this.#wakeReaders();
    // Whatever a disk says only now, what was written can be read.
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }

  /** The events after `after`, until `ended`, the log's close, or the signal. */
  async *read(after: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
    for await (const event of this.#readFrom(after, signal)) {
      if (signal.aborted) return;
      yield event;
      if (event.type === 'ended') return;
    }
  }

  async *#readFrom(after: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
    await this.#opened;
    if (this.lastSeq === 0 && this.#closed) return;
    const handle = await open(this.#path, 'r');
    try {
      const { seq, offset } = this.#placeBefore(after);
      const reader = new LineReader(handle, offset);
      for (let last = seq; !signal.aborted;) {
        const line = await reader.next(this.#written.offset);
        if (line !== undefined) {
          last += 1;
          if (last > after) yield JSON.parse(line) as RunEvent;
        } else if (reader.offset < this.#written.offset) {
          // Written while we looked.
        } else if (last < this.lastSeq) {
          const unwritten = this.#unwritten.filter((event) => event.seq > last);
          last = this.lastSeq;
          yield* unwritten.filter((event) => event.seq > after);
        } else if (this.#closed) return;
        else await this.#change(signal);
      }
    } finally {
      await handle.close();
    }
  }

  #placeBefore(after: number): EventsPlace {
    return this.#places.findLast(({ seq }) => seq <= after) ?? { seq: 0, offset: 0 };
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#readers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#readers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wakeReaders(): void {
    for (const wake of this.#readers) wake();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#write(this.#takeBatch());
      this.#wakeReaders();
    }
    this.#writing = undefined;
  }

  /** At least one. Together not so much that the memory for it would be an object of its own to the garbage collector. */
  #takeBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { body } of this.#waiting) {
      if (count > 0 && bytes + body.length > BATCH) break;
      bytes += body.length;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const { seq, offset } = this.#written;
    const lines = batch.map(({ body }, index) => `{"seq":${seq + 1 + index},${body}\n`).join('');
    try {
      if (this.#broken || !this.#handle) throw new Error('The record takes no more.');
      const length = await writeText(this.#handle, lines, offset);
      this.#moveTo({ seq: seq + batch.length, offset: offset + length });
    } catch {
      // A full disk must neither stop the run nor hide its end: that is kept in memory, the rest is lost and said to be.
      this.#keepInMemory(batch);
    }
  }

  #keepInMemory(batch: readonly Waiting[]): void {
    const telling = batch
      .map(({ event }) => event)
      .filter(({ type }) => !['log', 'progress', 'message'].includes(type));
    if (!this.#broken) telling.unshift({ type: 'gap', at: this.#now() });
    this.#broken = true;
    for (const event of telling) this.#unwritten.push({ ...event, seq: this.lastSeq + 1 });
  }

  #moveTo(place: EventsPlace): void {
    this.#written = place;
    const last = this.#places.at(-1);
    if (!last || place.offset - last.offset >= PLACE_EVERY) this.#places.push(place);
  }
}
