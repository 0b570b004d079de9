// Files kept open between uses, the least recently used closed first. One that is in use is never closed.
import type { FileLayer, OpenFile, OpenMode } from './file-layer.js';

interface Handle {
  file: Promise<OpenFile>;
  users: number;
  forgotten: boolean;
}

export class OpenFiles {
  /** Least recently used first. */
  readonly #handles = new Map<string, Handle>();

  constructor(
    private readonly files: FileLayer,
    private readonly limit = 64,
  ) {}

  async use<Value>(path: string, mode: OpenMode, use: (file: OpenFile) => Promise<Value>): Promise<Value> {
    const key = `${mode} ${path}`;
    const handle = this.#handles.get(key) ?? { file: this.files.open(path, mode), users: 0, forgotten: false };
    this.#handles.delete(key);
    this.#handles.set(key, handle);
    handle.users++;
    try {
      return await use(await handle.file);
    } catch (error) {
      this.#drop(key, handle);
      throw error;
    } finally {
      handle.users--;
      if (handle.forgotten && handle.users === 0) await close(handle);
      await this.#closeIdle();
    }
  }

  /** The file will be removed. */
  async forget(path: string): Promise<void> {
    for (const mode of ['read', 'update'] as const) {
      const key = `${mode} ${path}`;
      const handle = this.#handles.get(key);
      if (!handle) continue;
      this.#drop(key, handle);
      if (handle.users === 0) await close(handle);
    }
  }

  /** Only when nothing is in use any more. */
  async close(): Promise<void> {
    const handles = [...this.#handles.values()];
    this.#handles.clear();
    await Promise.all(handles.map(close));
  }

  #drop(key: string, handle: Handle): void {
    handle.forgotten = true;
    if (this.#handles.get(key) === handle) this.#handles.delete(key);
  }

  async #closeIdle(): Promise<void> {
    for (const [key, handle] of this.#handles) {
      if (this.#handles.size <= this.limit) return;
      if (handle.users > 0) continue;
      this.#handles.delete(key);
      await close(handle);
    }
  }
}

/** One that could not be opened has told its users. */
async function close(handle: Handle): Promise<void> {
  const [opened] = await Promise.allSettled([handle.file]);
  if (opened.status === 'fulfilled') await opened.value.close();
}
