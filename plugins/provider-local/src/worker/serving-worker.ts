// The worker of an attempt that serves now: started where none is yet, and again, over the same runs, where it ended before its
// time. A worker begins no work by itself, so starting one begins nothing.
import { readFileSync } from 'node:fs';
import type { DriverContext } from '@agent-dispatch/core/provider';
import { endLeftovers, exists } from '@agent-dispatch/worker';
import { workProcessesOf } from '../attempt/attempt.js';
import type { Claim } from '../attempt/claim.js';
import { endProcesses } from '../attempt/end-processes.js';
import type { ExitRecord } from '../attempt/exit-record.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { isRunning, type ProcessIdentity } from '../attempt/process-identity.js';
import { readRecord } from '../attempt/records.js';
import { hasCode } from '../attempt/system-error.js';
import { NoWorker } from '../failures.js';
import { workEnd } from '../follow/follow.js';
import { claimWork, GRACE_MS } from '../follow/start-work.js';
import { Wakeups } from '../follow/wakeups.js';
import { endOrphans } from '../stop-work.js';
import { dataDirectoryOf, incarnationsOf, makeIncarnation, type Incarnation } from './incarnations.js';
import { workerSpec } from './worker-spec.js';

export interface ServingWorker {
  readonly port: number;
  readonly token: string;
}

/** More are not started for one attempt: something kills them. */
const MOST = 20;
/** By attempt: several ask at once, and one after the other they find the same worker. */
const asking = new Map<string, Promise<unknown>>();

/** Errors: NoWorker; UnusableRequest; the signal's reason. */
export async function servingWorker(paths: AttemptPaths, context: DriverContext): Promise<ServingWorker> {
  const before = asking.get(paths.root) ?? Promise.resolve();
  const found = before.then(() => find(paths, context));
  const settled = found.catch(() => undefined);
  asking.set(paths.root, settled);
  try {
    return await found;
  } finally {
    if (asking.get(paths.root) === settled) asking.delete(paths.root);
  }
}

async function find(paths: AttemptPaths, context: DriverContext): Promise<ServingWorker> {
  if (!(await exists(paths.root))) {
    await endProcesses(workProcessesOf(paths, context, undefined), GRACE_MS);
    throw new NoWorker('The directory of the attempt was removed.');
  }
  for (let number = incarnationsOf(paths).at(-1)?.number ?? 1; number <= MOST; number += 1) {
    const incarnation = makeIncarnation(paths, number);
    if (!incarnation) throw new NoWorker('The attempt was cancelled.');
    const port = await portOf(incarnation, await claimOf(paths, incarnation, context), context);
    if (port !== undefined) return { port, token: readFileSync(incarnation.tokenFile, 'utf8') };
    if (!(await endLeftovers(dataDirectoryOf(paths)))) throw new Error('What the worker left running cannot be ended.');
  }
  throw new NoWorker(`The worker ended ${MOST} times before its work did.`);
}

async function claimOf(paths: AttemptPaths, incarnation: Incarnation, context: DriverContext): Promise<Claim> {
  const claim = await claimWork(() => workerSpec(paths, incarnation, context), incarnation.paths, context);
  context.signal.throwIfAborted();
  if (!claim || claim.owner === 'revoked') throw new NoWorker('The attempt was cancelled.');
  return claim;
}

/** Undefined once the worker is gone, with all that it left running. */
async function portOf(incarnation: Incarnation, claim: Claim, context: DriverContext): Promise<number | undefined> {
  if (claim.owner !== 'shim') return undefined;
  const { paths } = incarnation;
  let wakeups: Wakeups | undefined;
  try {
    for (;;) {
      context.signal.throwIfAborted();
      const end = workEnd(paths, claim.process);
      const port = readPort(incarnation);
      if (end === 'shim-died' && !(await endOrphans(paths, claim.process, context)))
        throw new Error('The worker that lost its supervisor cannot be ended.');
      if (end && end !== 'shim-died' && port === undefined) assertMayBeginAgain(end, context);
      if (end) return undefined;
      if (port !== undefined && hasProgram(paths)) return port;
      wakeups ??= new Wakeups(paths.root, context.clock, context.signal);
      await wakeups.next();
    }
  } finally {
    wakeups?.close();
  }
}

/** Once it has ended, its port may be another's; its shim tells of the end in a moment. */
function hasProgram({ process: file }: AttemptPaths): boolean {
  const leader = readRecord(file) as ProcessIdentity | undefined;
  return leader !== undefined && isRunning(leader);
}

/** One that was killed before it served is followed by the next; one that cannot begin, or may not, is not. */
function assertMayBeginAgain({ ending, code, message, stderrTail }: ExitRecord, { redactor }: DriverContext): void {
  if (ending === 'deadline') throw new NoWorker('The deadline passed; the worker and all its processes were ended.');
  if (ending !== 'not-begun' && (ending !== 'exited' || code === null)) return;
  const how = message ?? `exit code ${code}`;
  throw new NoWorker(redactor.text(`The worker could not begin (${how}): ${stderrTail.trim()}`));
}

function readPort({ portFile }: Incarnation): number | undefined {
  try {
    return Number(readFileSync(portFile, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
