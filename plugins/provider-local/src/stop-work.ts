// Stops the work of an attempt, whatever stage it is in, and sees that nothing of it runs or will begin to.
import type { CancelLevel, DriverContext } from '@agent-dispatch/core/provider';
import { endLeftovers } from '@agent-dispatch/worker';
import { workProcessesOf } from './attempt/attempt.js';
import { revokeClaim } from './attempt/claim.js';
import { endProcesses } from './attempt/end-processes.js';
import { readExit } from './attempt/exit-record.js';
import type { AttemptPaths } from './attempt/paths.js';
import { isRunning, type ProcessIdentity } from './attempt/process-identity.js';
import { createRecord, readRecord } from './attempt/records.js';
import { hasCode } from './attempt/system-error.js';
import { GRACE_MS, WORKER_GRACE_MS } from './follow/start-work.js';
import { dataDirectoryOf, incarnationsOf } from './worker/incarnations.js';

/** The shim needs its grace for the work, and a little for itself. */
const SHIM_MS = WORKER_GRACE_MS + 3_000;
const LOOK_MS = 20;

/** The attempt's directory must exist. */
export async function stopWork(paths: AttemptPaths, context: DriverContext): Promise<CancelLevel> {
  const level = await stopShim(paths, context);
  // Only now: with the attempt's own claim taken, no further worker begins.
  const workers = incarnationsOf(paths).map((worker) => stopShim(worker.paths, context));
  const levels = [level, ...(await Promise.all(workers))];
  const isGone = workers.length === 0 || (await endLeftovers(dataDirectoryOf(paths)));
  return isGone && levels.every((each) => each === 'stopped') ? 'stopped' : 'requested';
}

async function stopShim(paths: AttemptPaths, context: DriverContext): Promise<CancelLevel> {
  const claim = revokeClaim(paths.root, 'cancel');
  if (claim.owner === 'revoked') return 'stopped';
  if (!readExit(paths)) {
    createRecord(paths.cancel, { at: context.clock.now() });
    if (isRunning(claim.process)) signal(claim.process, 'SIGTERM');
  }
  await shimEnd(claim.process, context);
  if (!isRunning(claim.process) && readExit(paths)) return 'stopped';
  if (context.signal.aborted) return 'requested';
  return (await endOrphans(paths, claim.process, context)) ? 'stopped' : 'requested';
}

/**
 * Ends what a shim left that died before its work, killing the shim first where it does not answer.
 * @returns whether nothing runs any more.
 */
export async function endOrphans(paths: AttemptPaths, shim: ProcessIdentity, context: DriverContext): Promise<boolean> {
  if (isRunning(shim)) signal(shim, 'SIGKILL');
  const leader = readRecord(paths.process) as ProcessIdentity | undefined;
  return (await endProcesses(workProcessesOf(paths, context, leader), GRACE_MS)) && !isRunning(shim);
}

/** Waits until the shim is gone; no longer than it may need. Nothing tells of a process's end, so it is looked for. */
async function shimEnd(shim: ProcessIdentity, { clock, signal }: DriverContext): Promise<void> {
  const end = clock.now() + SHIM_MS;
  while (isRunning(shim) && clock.now() < end && !signal.aborted) await clock.sleep(LOOK_MS);
}

function signal({ pid }: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}
