// Reads whole lines of a file that may grow, a piece at a time, always into the same memory.
import type { FileHandle } from 'node:fs/promises';

const PIECE = 64 * 1024;
const NEWLINE = 0x0a;

export class LineReader {
  readonly #handle: FileHandle;
  readonly #room = Buffer.allocUnsafeSlow(PIECE);
  /** What was read and not given yet. */
  #piece: Buffer = this.#room.subarray(0, 0);
  /** Copies of earlier pieces of the line that is being read. */
  #begun: Buffer[] = [];
  #read: number;
  #given: number;

  constructor(handle: FileHandle, offset: number) {
    this.#handle = handle;
    this.#read = offset;
    this.#given = offset;
  }

  /** After the last line given. */
  get offset(): number {
    return this.#given;
  }

  /** The next line without its end; undefined when it is not whole before `end`. */
  async next(end: number): Promise<string | undefined> {
    for (;;) {
      const length = this.#piece.indexOf(NEWLINE);
      if (length !== -1) return this.#take(length);
      if (this.#piece.length > 0) this.#begun.push(Buffer.from(this.#piece));
      this.#piece = this.#room.subarray(0, 0);
      if (this.#read >= end) return undefined;
      const { bytesRead } = await this.#handle.read(this.#room, 0, Math.min(PIECE, end - this.#read), this.#read);
      if (bytesRead === 0) throw new Error('The file is shorter than it was.');
      this.#read += bytesRead;
      this.#piece = this.#room.subarray(0, bytesRead);
    }
  }

  #take(length: number): string {
    const last = this.#piece.subarray(0, length);
    const line = this.#begun.length === 0 ? last : Buffer.concat([...this.#begun, last]);
    this.#begun = [];
    this.#piece = this.#piece.subarray(length + 1);
    this.#given += line.length + 1;
    return line.toString();
  }
}
