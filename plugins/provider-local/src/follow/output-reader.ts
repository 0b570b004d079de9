// Reads the output record from a byte offset on, in pieces, and gives each line with the place after it. Holds one piece in memory.
import { open, type FileHandle } from 'node:fs/promises';
import { hasCode } from '../attempt/system-error.js';
import type { OutputLine } from '../shim/output-recorder.js';

const PIECE = 256 * 1024;
const LINE_END = 10;

export interface PlacedLine {
  /** Undefined for a line that was torn while the disk was full. */
  readonly line: OutputLine | undefined;
  /** Byte offset after the line. */
  readonly after: number;
}

export class OutputReader {
  #file: FileHandle | undefined;
  #pending: Buffer = Buffer.alloc(0);

  /** @param offset where a line begins. */
  constructor(
    private readonly path: string,
    private offset: number,
  ) {}

  /** The next whole lines, in order; empty when there is none yet. */
  async read(): Promise<PlacedLine[]> {
    for (;;) {
      const piece = await this.#readPiece();
      if (piece.length === 0) return [];
      const bytes = Buffer.concat([this.#pending, piece]);
      const end = bytes.lastIndexOf(LINE_END) + 1;
      this.#pending = bytes.subarray(end);
      if (end > 0) return this.#split(bytes.subarray(0, end));
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #readPiece(): Promise<Buffer> {
    this.#file ??= await openIfThere(this.path);
    if (!this.#file) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(PIECE);
    const { bytesRead } = await this.#file.read(buffer, 0, PIECE, this.offset + this.#pending.length);
    return buffer.subarray(0, bytesRead);
  }

  #split(bytes: Buffer): PlacedLine[] {
    const lines: PlacedLine[] = [];
    for (let from = 0; from < bytes.length;) {
      const end = bytes.indexOf(LINE_END, from);
      this.offset += end + 1 - from;
      if (end > from) lines.push({ line: parse(bytes.subarray(from, end)), after: this.offset });
      from = end + 1;
    }
    return lines;
  }
}

function parse(bytes: Buffer): OutputLine | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as OutputLine;
  } catch {
    return undefined;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
