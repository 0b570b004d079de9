// Values of a task that are too large for its record: one file each, complete and synced before anyone can see it.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { codeOf } from '../config/thrown.js';
import { DispatchError } from '../errors/index.js';
import type { FileLayer, OpenFile } from './file-layer.js';
import { artifactNotFound } from './store-errors.js';
import type { TaskPaths } from './task-paths.js';
import type { BlobContent, BlobInfo, BorrowedFile, NameOf } from './task-store.js';
import { temporaryName } from './whole-files.js';

const CHUNK_BYTES = 256 * 1024;
const MAX_NAME = 1024;
/** Until its digest is known. */
const UNNAMED = 'value';
/** A sync is mostly waiting, and the file system makes one write of several. */
const SYNCS_AT_A_TIME = 4;

export class Blobs {
  constructor(
    private readonly files: FileLayer,
    private readonly paths: TaskPaths,
  ) {}

  async put(taskId: string, name: string, content: BlobContent): Promise<BlobInfo> {
    const path = this.#path(taskId, name);
    await this.paths.makeForBlobs(taskId);
    const { temporary, ...written } = await this.#write(path, this.#chunks(taskId, name, content), true);
    await this.files.rename(temporary, path);
    await this.files.syncDirectory(this.paths.blobs(taskId));
    return { name, ...written };
  }

  /** Not durable before `settle` has returned. What has the name already stays. */
  async add(taskId: string, nameOf: NameOf, content: BlobContent): Promise<BlobInfo> {
    await this.paths.makeForBlobs(taskId);
    const [known, label] = typeof nameOf === 'string' ? [this.#path(taskId, nameOf), nameOf] : [undefined, UNNAMED];
    const place = known ?? join(this.paths.blobs(taskId), UNNAMED);
    const { temporary, ...written } = await this.#write(place, this.#chunks(taskId, label, content), false);
    const name = typeof nameOf === 'string' ? nameOf : nameOf(written.sha256);
    const path = known ?? this.#path(taskId, name);
    if (await this.files.exists(path)) await this.files.remove(temporary);
    else await this.files.rename(temporary, path);
    return { name, ...written };
  }

  async settle(taskId: string, names: Iterable<string>): Promise<void> {
    const left = [...names];
    const syncs = Array.from({ length: SYNCS_AT_A_TIME }, async () => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) await this.#sync(this.#path(taskId, name));
    });
    await Promise.all(syncs);
    await this.files.syncDirectory(this.paths.blobs(taskId));
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

  /** The file itself. Errors: AD_TASK_ARTIFACT_NOT_FOUND. */
  async borrow(taskId: string, name: string): Promise<BorrowedFile> {
    const file = this.paths.blob(taskId, name);
    if ((await this.files.fileSize(file)) === undefined) throw artifactNotFound(taskId, name);
    return { file, release: async () => undefined };
  }

  #path(taskId: string, name: string): string {
    if (name !== '' && name.length <= MAX_NAME) return this.paths.blob(taskId, name);
    throw new DispatchError('AD_INPUT_INVALID', `A stored value needs a name of 1 to ${MAX_NAME} characters.`);
  }

  /** Beside its place, under a temporary name. */
  async #write(
    place: string,
    chunks: AsyncIterable<Uint8Array>,
    synced: boolean,
  ): Promise<Omit<BlobInfo, 'name'> & { temporary: string }> {
    const temporary = temporaryName(place);
    const target = await this.files.open(temporary, 'create');
    try {
      const written = await copy(chunks, target);
      if (synced) await target.datasync();
      return { temporary, ...written };
    } catch (error) {
      // The first failure is the one to tell; what stays behind goes with the task.
      await this.files.remove(temporary).catch(() => undefined);
      throw error;
    } finally {
      await target.close();
    }
  }

  async #sync(path: string): Promise<void> {
    const file = await this.files.open(path, 'update');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  #chunks(taskId: string, name: string, content: BlobContent): AsyncIterable<Uint8Array> {
    if (content instanceof Uint8Array) return once(content);
    if ('stream' in content) return content.stream;
    const chunks = this.#chunksOf(taskId, name, content.file);
    return content.rewrite === undefined ? chunks : content.rewrite(chunks);
  }

  async *#chunksOf(taskId: string, name: string, path: string): AsyncIterable<Uint8Array> {
    // A pipe or device would never end.
    if ((await this.files.fileSize(path)) === undefined) throw artifactNotFound(taskId, name);
    const source = await this.#openExisting(taskId, name, path);
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

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
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
