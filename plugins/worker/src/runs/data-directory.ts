// The worker's data directory: its parts, and that no other worker uses it. Two over the same directory would take each other's
// runs for lost.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from '../processes/process-identity.js';
import { hasCode } from '../system-error.js';
import { PRIVATE } from './run-files.js';

export interface DataDirectory {
  readonly runs: string;
  readonly inputs: string;
}

/** Inputs of runs that were never begun are given up after so long. */
const INPUTS_KEPT_MS = 24 * 3600 * 1000;

export const dataDirectoryIn = (root: string): DataDirectory => ({
  runs: join(root, 'runs'),
  inputs: join(root, 'inputs'),
});

/** Makes what is missing. Throws an Error with a message for people when another worker is at work there. Repeat: yes. */
export async function claimDataDirectory(root: string): Promise<DataDirectory> {
  const directory = dataDirectoryIn(root);
  for (const part of [directory.runs, directory.inputs]) await mkdir(part, { recursive: true, mode: PRIVATE });
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

/** Removes what was sent for runs that never began. */
export async function dropOldInputs({ inputs }: DataDirectory, now: number): Promise<void> {
  for (const name of await readdir(inputs)) {
    const path = join(inputs, name);
    if ((await stat(path)).mtimeMs < now - INPUTS_KEPT_MS) await rm(path, { recursive: true, force: true });
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
