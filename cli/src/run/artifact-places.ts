// Where artifacts go on this machine. Their names come from the agent: none of them leads out of the directory, by itself
// or through a link that is there.
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../error-code.js';
import { invalid } from './pairs.js';

/** Why nothing can be written by this name; undefined when something can. */
export function faultOfName(name: string): string | undefined {
  const parts = name.split('/');
  if (/[\\\p{Cc}]/u.test(name) || /^[A-Za-z]:/.test(name)) return 'is no name that every system has';
  if (name.startsWith('/') || parts.includes('..')) return 'leads out of the directory';
  return parts.some((part) => part === '' || part === '.') ? 'is no plain path' : undefined;
}

/**
 * The name as a path below the directory, whose parents are made. undefined: a link there leads out of it.
 * Errors: AD_INPUT_INVALID when a file is in the way.
 */
export async function placeIn(directory: string, name: string): Promise<string | undefined> {
  const root = await made(directory);
  let parent = root;
  for (const part of name.split('/').slice(0, -1)) {
    parent = await made(path.join(parent, part));
    if (parent !== root && !parent.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return undefined;
  }
  return path.join(parent, path.posix.basename(name));
}

/** Its real path. */
async function made(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return await realpath(directory);
  } catch (error) {
    throw invalid(`The directory ${directory} cannot be made (${errorCode(error) ?? String(error)}).`);
  }
}
