// For whoever runs a worker as a process: ends what agents of one that is gone may have left running. Each agent leads a process
// group of its own, so that ending the worker's ends none of them.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcesses } from '../processes/end-processes.js';
import { hasCode } from '../system-error.js';
import { dataDirectoryIn } from './data-directory.js';
import { readRecord, runFilesIn } from './run-files.js';

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

/** @returns whether none of them runs any more. Repeat: yes. */
export async function endLeftovers(dataDirectory: string): Promise<boolean> {
  const { runs } = dataDirectoryIn(dataDirectory);
  const ended = await Promise.all(
    (await namesIn(runs)).map((invocationId) => endRun(join(runs, invocationId), invocationId)),
  );
  return ended.every((isGone) => isGone);
}

async function endRun(root: string, invocationId: string): Promise<boolean> {
  const record = await readRecord(runFilesIn(root));
  const known = record === 'unreadable' ? undefined : record;
  if (known?.endedAt !== undefined) return true;
  return await endProcesses({ ...(known?.leader && { leader: known.leader }), mark: invocationId }, GRACE_MS);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
