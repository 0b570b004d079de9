// Files read and replaced whole: what is replaced is either the old or the new, also after a power loss.
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { FileLayer } from './file-layer.js';

const TEMPORARY = /\.[0-9a-f]{16}\.tmp$/;

/** A name beside `path` that nobody else uses; a crash may leave it behind. */
export const temporaryName = (path: string): string => `${path}.${randomBytes(8).toString('hex')}.tmp`;

export const isTemporary = (name: string): boolean => TEMPORARY.test(name);

/** The whole content. ENOENT when there is no such file. */
export async function readWhole(files: FileLayer, path: string): Promise<Buffer> {
  const file = await files.open(path, 'read');
  try {
    return await file.read(0, await file.size());
  } finally {
    await file.close();
  }
}

/** Makes a new file with this content, synced. Its name is durable when the directory is synced. */
export async function writeNew(files: FileLayer, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.open(path, 'create');
  try {
    await file.write(0, bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Temporary file, sync, rename, sync of the directory. */
export async function replaceWhole(files: FileLayer, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeNew(files, temporary, bytes);
    await files.rename(temporary, path);
  } catch (error) {
    // The first failure is the one to tell; what stays behind has a temporary name and is swept.
    await files.remove(temporary).catch(() => undefined);
    throw error;
  }
  await files.syncDirectory(dirname(path));
}
