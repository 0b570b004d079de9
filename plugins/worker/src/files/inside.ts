// Keeps paths inside their directory, links included.
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { hasCode } from '../system-error.js';

/**
 * The real path of `path` under `root`; undefined when it leaves it, by itself or through a link.
 * Its last parts may not exist yet; `root` must.
 */
export async function inside(root: string, path: string): Promise<string | undefined> {
  const realRoot = await realpath(root);
  const real = await realOrFuture(resolve(realRoot, path));
  return real !== undefined && contains(realRoot, real) ? real : undefined;
}

export function contains(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith('../'));
}

/** Undefined for a link that leads to nothing: what would be made through it lies elsewhere. */
async function realOrFuture(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  if (await exists(path)) return undefined;
  const parent = await realOrFuture(dirname(path));
  return parent === undefined ? undefined : join(parent, basename(path));
}

/** Whether the name is there, be it a link that leads to nothing. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** As far as that can be told from the text. Links are looked at when the files are there. */
export const staysInside = (path: string): boolean =>
  path !== '' && !isAbsolute(path) && !path.includes('\0') && !path.split(/[\\/]/).includes('..');
