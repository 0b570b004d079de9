// The log of each task: bytes at offsets, not synced. What a crash tore off at the end is left as it is: the engine
// knows how far its record reached, and appends from there.
import { codeOf } from '../config/thrown.js';
import type { FileLayer } from './file-layer.js';
import { newPart } from './log-rules.js';
import { OpenFiles } from './open-files.js';
import { superseded } from './store-errors.js';
import type { TaskPaths } from './task-paths.js';
import type { LogChunk } from './task-store.js';

export class LogFiles {
  readonly #open: OpenFiles;
  /** Appends of one task follow each other. */
  readonly #appending = new Map<string, Promise<void>>();

  constructor(
    files: FileLayer,
    private readonly paths: TaskPaths,
    /** Asked before each append: what a log holds does not say who wrote it. */
    private readonly isCurrent: () => Promise<boolean>,
  ) {
    this.#open = new OpenFiles(files);
  }

  append(taskId: string, offset: number, bytes: Uint8Array): Promise<void> {
    const append = (): Promise<void> => this.#append(taskId, offset, bytes);
    // A failed append was told to its caller; the next one finds out for itself where the log ends.
    const appending = (this.#appending.get(taskId) ?? Promise.resolve()).then(append, append);
    this.#appending.set(taskId, appending);
    const done = (): void => {
      if (this.#appending.get(taskId) === appending) this.#appending.delete(taskId);
    };
    appending.then(done, done);
    return appending;
  }

  async read(taskId: string, offset: number, maxBytes: number): Promise<LogChunk> {
    try {
      return await this.#open.use(this.paths.log(taskId), 'read', async (file) => {
        const size = await file.size();
        const length = Math.max(0, Math.min(maxBytes, size - offset));
        return { bytes: length === 0 ? Buffer.alloc(0) : await file.read(offset, length), size };
      });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return { bytes: Buffer.alloc(0), size: 0 };
      throw error;
    }
  }

  async forget(taskId: string): Promise<void> {
    await this.#open.forget(this.paths.log(taskId));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#appending.values());
    await this.#open.close();
  }

  async #append(taskId: string, offset: number, bytes: Uint8Array): Promise<void> {
    if (!(await this.isCurrent())) throw superseded();
    const path = this.paths.log(taskId);
    const append = (): Promise<void> =>
      this.#open.use(path, 'update', async (file) => {
        const size = await file.size();
        const known = offset < size ? await file.read(offset, Math.min(bytes.length, size - offset)) : Buffer.alloc(0);
        const added = newPart(taskId, offset, bytes, known, size);
        if (added.length > 0) await file.write(size, added);
      });
    try {
      await append();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.paths.make(taskId);
      await append();
    }
  }
}
