// Reads whole lines of a file that may grow, a piece at a time.
import type { FileHandle } from 'node:fs/promises';

const PIECE = 64 * 1024;
const NEWLINE = 0x0a;

export class LineReader {
  readonly #handle: FileHandle;
  #piece: Buffer = Buffer.alloc(0);
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
  async next(end: number): Promise<Buffer | undefined> {
    for (;;) {
      const length = this.#piece.indexOf(NEWLINE);
      if (length !== -1) return this.#take(length);
      if (this.#piece.length > 0) this.#begun.push(this.#piece);
      this.#piece = Buffer.alloc(0);
      if (this.#read >= end) return undefined;
      const room = Buffer.allocUnsafe(Math.min(PIECE, end - this.#read));
      const { bytesRead } = await this.#handle.read(room, 0, room.length, this.#read);
      if (bytesRead === 0) throw new Error('The file is shorter than it was.');
      this.#read += bytesRead;
      this.#piece = room.subarray(0, bytesRead);
    }
  }

  #take(length: number): Buffer {
    const line = Buffer.concat([...this.#begun, this.#piece.subarray(0, length)]);
    this.#begun = [];
    this.#piece = this.#piece.subarray(length + 1);
    this.#given += line.length + 1;
    return line;
  }
}
