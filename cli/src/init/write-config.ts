// Puts a new configuration in place: as a whole, checked by the loader that will read it, and over nothing that is there
// unless told to.
import { randomBytes } from 'node:crypto';
import { access, link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Config } from '@agent-dispatch/schemas';
import { errorCode } from '../error-code.js';

export type Format = 'json' | 'yaml';

/** In the order in which the loader looks for them. */
const NAMES = ['agentdispatch.config.json', 'agentdispatch.config.yaml', 'agentdispatch.config.yml'];

/** The file meant: the one named, else the usual one of the directory. Errors: AD_INPUT_INVALID for another ending. */
export function configFile(directory: string, format: Format, named?: string): string {
  if (named === undefined) return path.join(directory, `agentdispatch.config.${format}`);
  const endings = format === 'json' ? ['.json'] : ['.yaml', '.yml'];
  if (endings.includes(path.extname(named))) return path.resolve(directory, named);
  throw new DispatchError('AD_INPUT_INVALID', `${named} does not end in ${endings.join(' or ')}.`, {
    hint: 'Let the name of the file and --format agree.',
  });
}

export interface WriteOptions {
  /** Absolute. */
  file: string;
  format: Format;
  force: boolean;
  /** Loads and judges the file before it gets its name; throws what is wrong with it. */
  check: (file: string) => Promise<void>;
}

/** Errors: AD_CONFIG_EXISTS, AD_CONFIG_UNREADABLE, and those of the check. */
export async function writeConfig(config: Config, { file, format, force, check }: WriteOptions): Promise<void> {
  const directory = path.dirname(file);
  await refuseExisting(file, directory, force);
  const temporary = path.join(directory, `.agentdispatch.${randomBytes(6).toString('hex')}.${format}`);
  try {
    await writeDurably(temporary, await textOf(config, format), directory);
    await check(temporary);
    if (force) await rename(temporary, file);
    // Unlike a rename it never replaces a file that came in between.
    else await link(temporary, file);
  } catch (error) {
    throw errorCode(error) === 'EEXIST' ? exists(file) : error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Of the usual names only one is read: another of them would hide the new file, or be hidden by it. */
async function refuseExisting(file: string, directory: string, force: boolean): Promise<void> {
  if (!force && (await isThere(file))) throw exists(file);
  if (!NAMES.includes(path.basename(file))) return;
  for (const other of NAMES.map((name) => path.join(directory, name)))
    if (other !== file && (await isThere(other)))
      throw exists(other, 'Remove it first: only one of the two would be read.');
}

const exists = (file: string, hint?: string): DispatchError =>
  new DispatchError('AD_CONFIG_EXISTS', `${file} is there already.`, hint === undefined ? {} : { hint });

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function textOf(config: Config, format: Format): Promise<string> {
  if (format === 'json') return `${JSON.stringify(config, undefined, 2)}\n`;
  const { stringify } = await import('yaml');
  return stringify(config);
}

async function writeDurably(file: string, text: string, directory: string): Promise<void> {
  const handle = await open(file, 'wx').catch((cause: unknown) => {
    throw new DispatchError('AD_CONFIG_UNREADABLE', `No file can be written in ${directory}.`, {
      hint: 'Check the permissions of the directory.',
      cause,
    });
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
