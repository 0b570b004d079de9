// Values of a task that are too large for its record: one file each, complete and synced before anyone can see it.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { codeOf } from '../config/thrown.js';
import { DispatchError } from '../errors/index.js';
import type { FileLayer, OpenFile } from './file-layer.js';
import { artifactNotFound } from './store-errors.js';
import type { TaskPaths } from './task-paths.js';
import type { BlobContent, BlobInfo } from './task-store.js';
import { temporaryName } from './whole-files.js';

const CHUNK_BYTES = 256 * 1024;
const MAX_NAME = 1024;

export class Blobs {
  constructor(
    private readonly files: FileLayer,
    private readonly paths: TaskPaths,
  ) {}

  async put(taskId: string, name: string, content: BlobContent): Promise<BlobInfo> {
    if (name === '' || name.length > MAX_NAME) {
      throw new DispatchError('AD_INPUT_INVALID', `A stored value needs a name of 1 to ${MAX_NAME} characters.`);
    }
    const path = this.paths.blob(taskId, name);
    await this.paths.makeForBlobs(taskId);
    const temporary = temporaryName(path);
    const target = await this.files.open(temporary, 'create');
    let written: Omit<BlobInfo, 'name'>;
    try {
      const chunks = this.#chunks(taskId, name, content);
      const rewrite = content instanceof Uint8Array ? undefined : content.rewrite;
      written = await copy(rewrite === undefined ? chunks : rewrite(chunks), target);
      await target.datasync();
    } catch (error) {
      // The first failure is the one to tell; what stays behind goes with the task.
      await this.files.remove(temporary).catch(() => undefined);
      throw error;
    } finally {
      await target.close();
    }
    await this.files.rename(temporary, path);
    await this.files.syncDirectory(dirname(path));
    return { name, ...written };
  }

  async get(
    taskId: string,
    name: string,
    offset: number,
    maxBytes: number,
  ): Promise<{ bytes: Uint8Array; size: number }> {
    const file = await this.#openExisting(taskId, name, this.paths.blob(taskId, name));
    try {
      const size = await file.size();
      const length = Math.max(0, Math.min(maxBytes, size - offset));
      return { bytes: await file.read(offset, length), size };
    } finally {
      await file.close();
    }
  }

  async *#chunks(taskId: string, name: string, content: BlobContent): AsyncIterable<Uint8Array> {
    if (content instanceof Uint8Array) {
      yield content;
      return;
    }
    // A pipe or device would never end.
    if ((await this.files.fileSize(content.file)) === undefined) throw artifactNotFound(taskId, name);
    const source = await this.#openExisting(taskId, name, content.file);
    try {
      let position = 0;
      for (;;) {
        const chunk = await source.read(position, CHUNK_BYTES);
        if (chunk.length === 0) return;
        position += chunk.length;
        yield chunk;
      }
    } finally {
      await source.close();
    }
  }

  async #openExisting(taskId: string, name: string, path: string): Promise<OpenFile> {
    try {
      return await this.files.open(path, 'read');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw artifactNotFound(taskId, name);
      throw error;
    }
  }
}

async function copy(chunks: AsyncIterable<Uint8Array>, target: OpenFile): Promise<Omit<BlobInfo, 'name'>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    await target.write(size, chunk);
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}
