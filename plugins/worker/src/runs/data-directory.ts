// The worker's data directory: its parts, and that no other worker uses it. Two over the same directory would take each other's
// runs for lost.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../files/sync-directory.js';
import { identify, isRunning, type ProcessIdentity } from '../processes/process-identity.js';
import { hasCode } from '../system-error.js';
import { PRIVATE } from './run-files.js';

export interface DataDirectory {
  readonly runs: string;
  readonly inputs: string;
  readonly forgotten: string;
}

/** Inputs of runs that were never begun are given up after so long. */
const INPUTS_KEPT_MS = 24 * 3600 * 1000;

export const dataDirectoryIn = (root: string): DataDirectory => ({
  runs: join(root, 'runs'),
  inputs: join(root, 'inputs'),
  forgotten: join(root, 'forgotten'),
});

/** Makes what is missing. Throws an Error with a message for people when another worker is at work there. Repeat: yes. */
export async function claimDataDirectory(root: string): Promise<DataDirectory> {
  const directory = dataDirectoryIn(root);
  const { runs, inputs, forgotten } = directory;
  for (const part of [runs, inputs, forgotten]) await mkdir(part, { recursive: true, mode: PRIVATE });
  for (const part of [root, dirname(root)]) await syncDirectory(part);
  const owner = join(root, 'worker.json');
  const other = await readOwner(owner);
  if (other && other.pid !== process.pid && (await isRunning(other))) {
    throw new Error(`The data directory ${root} is used by another worker, process ${other.pid}.`);
  }
  const draft = `${owner}.${process.pid}`;
  await writeFile(draft, JSON.stringify(await identify(process.pid)), { mode: 0o600 });
  await rename(draft, owner);
  return directory;
}

/** The name under which the machine is known that has these runs; undefined where nobody has given it one. */
export async function readBootId(root: string): Promise<string | undefined> {
  try {
    return (await readFile(bootIdFile(root), 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export const bootIdFile = (root: string): string => join(root, 'boot-id');

/** Removes what was sent for runs that never began. */
export async function dropOldInputs({ inputs }: DataDirectory, now: number): Promise<void> {
  await dropOlder(inputs, now - INPUTS_KEPT_MS);
}

/** Removes what was not changed since. Returns the names. */
export async function dropOlder(directory: string, before: number): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (!(await isOlder(path, before))) continue;
    await rm(path, { recursive: true, force: true });
    dropped.push(name);
  }
  return dropped;
}

async function isOlder(path: string, before: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < before;
  } catch (error) {
    // A run took it meanwhile.
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
