// All processes of this machine, with the run whose mark they bear. Reading them costs, so those who ask at the same time share it.
import { readdir } from 'node:fs/promises';
import { hasProc, parsePs, ps, readOrGone, readProcess, type ProcessEntry } from './process-identity.js';

/** Variable that every process of a run inherits; its value is the invocation id. */
export const MARK = 'AGENTDISPATCH_INVOCATION';

export interface MarkedProcess extends ProcessEntry {
  /** Known on Linux alone, for processes of the same user. */
  readonly mark?: string;
}

let running: Promise<MarkedProcess[]> | undefined;
let next: Promise<MarkedProcess[]> | undefined;

/** As the machine stood at some time after the call. */
export function listProcesses(): Promise<MarkedProcess[]> {
  const before = running?.catch(() => undefined) ?? Promise.resolve();
  next ??= before.then(() => {
    next = undefined;
    running = read();
    return running;
  });
  return next;
}

async function read(): Promise<MarkedProcess[]> {
  if (!hasProc) return parsePs(await ps('-ax'));
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const entries: MarkedProcess[] = [];
  for (const pid of pids) {
    const entry = await readProcess(pid);
    if (entry) entries.push({ ...entry, mark: markIn(await readOrGone(`/proc/${pid}/environ`)) });
  }
  return entries;
}

function markIn(environment = ''): string | undefined {
  const start = `\0${environment}`.indexOf(`\0${MARK}=`);
  return start === -1 ? undefined : environment.slice(start + MARK.length + 1).split('\0', 1)[0];
}
