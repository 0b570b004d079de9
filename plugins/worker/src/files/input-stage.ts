// Files that were sent before their run begins: gathered piece by piece, kept by digest, given up with the run.
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PRIVATE } from '../runs/run-files.js';
import { RunRefused, type InputPiece } from '../runs/run.js';
import { hasCode } from '../system-error.js';
import { fileDigest } from './digest.js';
import { staysInside } from './inside.js';

/** Of all files of one run. */
const MOST_BYTES = 4 * 1024 ** 3;
const SHA256 = /^[0-9a-f]{64}$/;

export class InputStage {
  readonly #directory: string;
  /** Pieces of one file come in one after the other, whatever their callers do. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Returns the bytes that are there. Repeat: yes, also of a piece. Errors: RunRefused `invalid`, `digest_mismatch`. */
  async put(invocationId: string, piece: InputPiece): Promise<number> {
    check(piece);
    const path = this.#path(invocationId, piece.sha256);
    const before = this.#turns.get(path) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.#put(path, piece));
    this.#turns.set(path, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(path) === turn) this.#turns.delete(path);
    }
  }

  /** The whole, verified file; undefined when it is not there. */
  async find(invocationId: string, sha256: string): Promise<string | undefined> {
    const path = this.#path(invocationId, sha256);
    return (await sizeOf(path)) === undefined ? undefined : path;
  }

  async discard(invocationId: string): Promise<void> {
    await rm(join(this.#directory, invocationId), { recursive: true, force: true });
  }

  #path(invocationId: string, sha256: string): string {
    return join(this.#directory, invocationId, sha256);
  }

  async #put(path: string, { sha256, size, offset, bytes }: InputPiece): Promise<number> {
    if ((await sizeOf(path)) !== undefined) return size;
    const part = `${path}.part`;
    const directory = dirname(path);
    await mkdir(directory, { recursive: true, mode: PRIVATE });
    if (size + (await bytesIn(directory, basename(part))) > MOST_BYTES)
      throw new RunRefused('invalid', `The input files of a run have at most ${MOST_BYTES} bytes together.`);
    const received = (await sizeOf(part)) ?? 0;
    if (offset > received)
      throw new RunRefused('invalid', `Only ${received} bytes are there; send the piece at ${received}.`);
    await writeAt(part, offset, bytes);
    const total = Math.max(received, offset + bytes.length);
    if (total < size) return total;
    const found = await fileDigest(part);
    if (found !== sha256) {
      await rm(part);
      throw new RunRefused('digest_mismatch', `The file's SHA-256 is ${found}, not ${sha256}; it was thrown away.`);
    }
    await rename(part, path);
    return size;
  }
}

function check({ path, sha256, size, offset, bytes }: InputPiece): void {
  if (!staysInside(path)) throw new RunRefused('invalid', `The path ${path} is absolute or leaves its directory.`);
  if (!SHA256.test(sha256)) throw new RunRefused('invalid', 'sha256 is no SHA-256 in hexadecimal digits.');
  if (offset + bytes.length > size)
    throw new RunRefused('invalid', `The piece reaches beyond the file's ${size} bytes.`);
}

/** Without the file of this name. */
async function bytesIn(directory: string, without: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name !== without);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(directory, name))));
  return sizes.reduce<number>((sum, size = 0) => sum + size, 0);
}

async function writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'a+', 0o600)
    .then((made) => made.close())
    .then(() => open(path, 'r+'));
  try {
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
