// A local file, opened so that nothing but a plain file is ever read: a pipe or device would never end.
import { constants, type Stats } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import type { Problem } from '@agent-dispatch/schemas';
import { codeOf } from '../config/thrown.js';
import { unusable, type FoundFile } from './found-file.js';

const CHUNK_BYTES = 256 * 1024;
/** Windows has neither of them, and no such pipes. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ELOOP: 'is a link now, or leads in a circle',
  ENAMETOOLONG: 'has too long a name',
};

/** What can be said of a file, in words. Throws faults of another kind. */
export function reasonOf(error: unknown): string {
  const reason = REASONS[codeOf(error) ?? ''];
  if (reason === undefined) throw error;
  return reason;
}

/** A file that the caller names by itself. Links are followed. @param pointer where it is named. */
export async function findFile(
  named: Pick<FoundFile, 'path' | 'at' | 'sha256'> & { file: string; pointer: string },
  problems: Problem[],
): Promise<FoundFile[]> {
  const { file, pointer, ...found } = named;
  try {
    const stats = await stat(file);
    if (stats.isFile()) return [{ ...found, ...factsOf(stats), read: () => readLocal(file, { pointer }) }];
    problems.push({ pointer, message: stats.isDirectory() ? 'is a directory: name it as "directory"' : NO_FILE });
  } catch (error) {
    problems.push({ pointer, message: reasonOf(error) });
  }
  return [];
}

export const NO_FILE = 'is no plain file';

export const factsOf = ({ size, mode }: Stats): Pick<FoundFile, 'size' | 'executable'> => ({
  size,
  ...((mode & constants.S_IXUSR) !== 0 && { executable: true }),
});

interface Reading {
  pointer: string;
  /** Its name below what the pointer names; absent for that itself. */
  name?: string;
  /** It was found without a link, and none may lead there now. */
  isResolved?: boolean;
}

/** Errors: AD_INPUT_INVALID. */
export async function* readLocal(file: string, reading: Reading): AsyncIterable<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | O_NONBLOCK | (reading.isResolved ? O_NOFOLLOW : 0)).catch(
    (error: unknown) => {
      throw fault(reading, reasonOf(error));
    },
  );
  try {
    if (!(await handle.stat()).isFile()) throw fault(reading, NO_FILE);
    if (reading.isResolved && (await whereNow(file)) !== file) throw fault(reading, 'is behind a link now');
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** A directory above it may have become a link, too. undefined: it is gone. */
const whereNow = (file: string): Promise<string | undefined> => realpath(file).catch(() => undefined);

const fault = ({ pointer, name }: Reading, message: string): Error =>
  unusable(pointer, name === undefined ? message : `cannot be taken: ${JSON.stringify(name)} ${message}`);
