// Writes what the work prints: every piece in order to one record, standard output byte for byte besides.
// Writes are synchronous, so that a flood is slowed down to the disk's pace and never gathers in memory.
import { closeSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { AttemptPaths } from '../attempt/paths.js';

export type OutputStream = 'stdout' | 'stderr';

/** One line of the record. `lost`: output after this place was dropped. */
export type OutputLine = { at: number } & ({ stream: OutputStream; text: string } | { lost: true });

/** No UTF-16 unit takes more than 3 bytes of UTF-8, so a piece stays within 64 KiB. */
const LONGEST_PIECE = Math.floor(65_536 / 3);
const TAIL = 2_000;

export class OutputRecorder {
  readonly #record: number;
  readonly #stdout: number;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #room: number;
  #tail = '';

  constructor(paths: AttemptPaths, limit: number) {
    this.#record = openSync(paths.output, 'a', 0o600);
    this.#stdout = openSync(paths.stdout, 'a', 0o600);
    this.#room = limit;
  }

  get stderrTail(): string {
    return this.#tail;
  }

  write(stream: OutputStream, bytes: Buffer): void {
    if (this.#room < 0) return;
    this.#room -= bytes.length;
    if (this.#room < 0) return this.#markLoss();
    try {
      if (stream === 'stdout') writeAll(this.#stdout, bytes);
      this.#append(stream, this.#decoders[stream].write(bytes));
    } catch {
      // A full disk must not stop the work, nor lose its exit code: what cannot be kept is marked as lost.
      this.#room = -1;
      this.#markLoss();
    }
  }

  /** Writes what the last bytes of each stream leave incomplete. */
  close(): void {
    if (this.#room >= 0) {
      this.#append('stdout', this.#decoders.stdout.end());
      this.#append('stderr', this.#decoders.stderr.end());
    }
    closeSync(this.#record);
    closeSync(this.#stdout);
  }

  #append(stream: OutputStream, text: string): void {
    if (stream === 'stderr') this.#tail = (this.#tail + text).slice(-TAIL);
    const at = Date.now();
    const lines = piecesOf(text).map((piece): OutputLine => ({ stream, at, text: piece }));
    if (lines.length > 0)
      writeAll(this.#record, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  }

  #markLoss(): void {
    const line: OutputLine = { at: Date.now(), lost: true };
    try {
      // A line torn by the failed write, if any, is ended first.
      writeAll(this.#record, Buffer.from(`\n${JSON.stringify(line)}\n`));
    } catch {
      // Not even this fits: the exit record tells the end all the same.
    }
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

/** Splits without tearing a character that takes two units. */
export function piecesOf(text: string, longest = LONGEST_PIECE): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + longest, text.length);
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
