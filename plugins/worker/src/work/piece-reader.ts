// Reads a pipe piece by piece, always into the same memory: a flood is slowed down to the pace of whoever takes it, and leaves
// nothing to collect.
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';

const PIECE = 16 * 1024;

const taken = async (take: TakePiece, piece: Buffer): Promise<void> => take(piece);

/** Done with the bytes when it returns; the next piece comes when its promise is fulfilled. */
export type TakePiece = (piece: Buffer) => void | Promise<void>;

export class PieceReader {
  readonly #fd: number;
  #socket: Socket | undefined;
  #isClosed = false;

  /** @param fd of the pipe, not blocking; closed by this reader. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Resolves when nobody holds the other end any more, or the reader is closed. Rejects with what `take` rejects with. */
  async each(take: TakePiece): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve, reject) => {
      const onPiece = (length: number, buffer: Uint8Array): boolean => {
        taken(take, Buffer.from(buffer.buffer, buffer.byteOffset, length)).then(() => socket.resume(), reject);
        return false;
      };
      const onread = { buffer: Buffer.allocUnsafeSlow(PIECE), callback: onPiece };
      const options = { fd: this.#fd, readable: true, writable: false, onread };
      const socket = new Socket(options);
      this.#socket = socket;
      // A pipe that breaks ends like one that is closed.
      socket.on('error', () => undefined).once('close', () => resolve());
      socket.resume();
    });
  }

  /** Repeat: yes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#socket) this.#socket.destroy();
    else closeSync(this.#fd);
  }
}
