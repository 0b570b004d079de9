// A run that an earlier worker left on disk. What was at work then is stopped, where it still runs, and has failed, unless its
// end was told already: nothing is run a second time.
import { rm } from 'node:fs/promises';
import { endProcesses } from '../processes/end-processes.js';
import { EventLog } from './event-log.js';
import type { ForgottenRuns } from './forgotten-runs.js';
import { LocalRun } from './local-run.js';
import { failedEnd } from './run-end.js';
import { readRecord, removeWork, type RunFiles } from './run-files.js';
import type { RunEvent } from './run.js';

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;
/** Lines that may hold what the record knows too; output may look like it. */
const TELLING = /"type":"(?:artifact|ended)"/;

/** Undefined when nothing is kept of it, or it had not begun: then nothing of it is left. */
export async function recoverRun(
  invocationId: string,
  files: RunFiles,
  { forgotten, now }: { forgotten: ForgottenRuns; now: () => number },
): Promise<LocalRun | undefined> {
  const record = forgotten.has(invocationId) ? undefined : await readRecord(files);
  // As after a power failure. It may have run, so it must not run again.
  if (record === 'unreadable') await forgotten.add(invocationId);
  if (record === undefined || record === 'unreadable') {
    await rm(files.root, { recursive: true, force: true });
    return undefined;
  }
  const log = new EventLog(files.events, now);
  const isOver = record.eventsEnd !== undefined;
  const run = new LocalRun({ ...record, endedAt: isOver ? record.endedAt : undefined }, files, { log, now });
  if (!isOver) return run;
  await log.reopen(record.eventsEnd);
  await log.close();
  return run;
}

/** A run that had not ended. Errors: those of the disk. */
export async function endRecovered(run: LocalRun): Promise<void> {
  const { log, record, files, invocationId } = run;
  await endProcesses({ leader: record.leader, mark: invocationId }, GRACE_MS);
  const told: RunEvent[] = [];
  await log.reopen(undefined, (line) => {
    if (TELLING.test(line)) told.push(JSON.parse(line) as RunEvent);
  });
  const artifacts = told.flatMap(({ type, artifact }) => (type === 'artifact' && artifact ? [artifact] : []));
  // Both have the same order, and either may be behind.
  if (artifacts.length > record.artifacts.length) record.artifacts = artifacts;
  const { outcome, at = 0 } = told.find(({ type }) => type === 'ended') ?? {};
  const message = 'The worker was started again while the run was at work.';
  await (outcome ? run.close(outcome, at) : run.conclude(failedEnd('WORKER_RESTARTED', message), undefined));
  await removeWork(files);
}
