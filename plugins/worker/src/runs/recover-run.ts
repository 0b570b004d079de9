// A run that an earlier worker left on disk. What was at work then is stopped, where it still runs, and has failed: nothing is
// run a second time.
import { readFile, rm } from 'node:fs/promises';
import { endProcesses } from '../processes/end-processes.js';
import { hasCode } from '../system-error.js';
import { EventLog } from './event-log.js';
import { LocalRun } from './local-run.js';
import { failedEnd } from './run-end.js';
import type { RunFiles, RunRecord } from './run-files.js';

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

/** Undefined when it had not begun: then nothing of it is left. */
export async function recoverRun(
  invocationId: string,
  files: RunFiles,
  now: () => number,
): Promise<LocalRun | undefined> {
  const record = await readRecord(invocationId, files);
  if (!record) {
    await rm(files.root, { recursive: true, force: true });
    return undefined;
  }
  const log = new EventLog(files.events, now);
  const run = new LocalRun(record, files, { log, now });
  if (record.isForgotten) return run;
  await log.reopen(record.eventsEnd);
  if (record.endedAt === undefined) {
    await endProcesses({ leader: record.leader, mark: invocationId }, GRACE_MS);
    const message = 'The worker was started again while the run was at work.';
    await run.conclude(failedEnd('WORKER_RESTARTED', message), undefined);
  } else await log.close();
  return run;
}

/** Undefined where the worker ended before it had written one: then nothing was begun. */
async function readRecord(invocationId: string, files: RunFiles): Promise<RunRecord | undefined> {
  try {
    return JSON.parse(await readFile(files.record, 'utf8')) as RunRecord;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof SyntaxError) return unreadable(invocationId);
    throw error;
  }
}

/** As after a power failure. It may have run, so it must not run again. */
const unreadable = (invocationId: string): RunRecord => ({
  version: 1,
  invocationId,
  taskId: '',
  attempt: 0,
  startedAt: 0,
  state: 'failed',
  artifacts: [],
  receipts: [],
  endedAt: 0,
  isForgotten: true,
});
