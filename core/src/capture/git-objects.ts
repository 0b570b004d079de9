// Reads objects of a repository through one `git cat-file --batch`, as they are stored: no filter, no attribute and no
// line end changes them.
import { GitProcess, type GitOptions } from './git.js';

const NEWLINE = 0x0a;

export class GitObjects {
  readonly #git: GitProcess;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(options: GitOptions) {
    this.#git = new GitProcess(['cat-file', '--batch'], options);
    this.#chunks = this.#git.child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  /** One object at a time, to its end. Errors: an Error with what git said. */
  async *read(id: string): AsyncGenerator<Uint8Array> {
    this.#git.child.stdin.write(`${id}\n`);
    const [, , size] = (await this.#line()).split(' ');
    let left = Number(size);
    if (!Number.isSafeInteger(left)) throw new Error(`object ${id} cannot be read`);
    // A line end follows the content.
    for (left += 1; left > 0;) {
      const chunk = await this.#some(left);
      left -= chunk.length;
      const content = left === 0 ? chunk.subarray(0, -1) : chunk;
      if (content.length > 0) yield content;
    }
  }

  async close(): Promise<void> {
    this.#git.child.stdin.end();
    this.#git.end();
    // What nobody reads any more would keep the process from counting as ended.
    this.#git.child.stdout.destroy();
    await this.#git.ended;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE);
      if (end >= 0) return this.#take(end + 1).toString('latin1', 0, end);
      this.#rest = Buffer.concat([this.#rest, await this.#next()]);
    }
  }

  /** At least one byte, at most so many. */
  async #some(most: number): Promise<Buffer> {
    if (this.#rest.length === 0) this.#rest = await this.#next();
    return this.#take(Math.min(most, this.#rest.length));
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }

  async #next(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done !== true) return next.value;
    await this.#git.ended;
    throw new Error(`git ended early: ${this.#git.said}`);
  }
}
