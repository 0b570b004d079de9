// The worker of an attempt that serves now: started where none is yet, and again, over the same runs, where it ended before its
// time. A worker begins no work by itself, so starting one begins nothing.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { DriverContext } from '@agent-dispatch/core/provider';
import { workProcessesOf } from '../attempt/attempt.js';
import type { Claim } from '../attempt/claim.js';
import { endProcesses } from '../attempt/end-processes.js';
import { readExit, type ExitRecord } from '../attempt/exit-record.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { isRunning } from '../attempt/process-identity.js';
import { createText } from '../attempt/records.js';
import { hasCode } from '../attempt/system-error.js';
import { NoWorker } from '../failures.js';
import { claimWork, GRACE_MS } from '../follow/start-work.js';
import { Wakeups } from '../follow/wakeups.js';
import { endOrphans } from '../stop-work.js';
import { incarnationsOf, makeIncarnation, sharedFiles, type Incarnation } from './incarnations.js';
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
  if (!existsSync(paths.root)) {
    await endProcesses(workProcessesOf(paths, context, undefined), GRACE_MS);
    throw new NoWorker('The directory of the attempt was removed.');
  }
  const { token } = sharedFiles(paths);
  if (!existsSync(token)) createText(token, randomBytes(32).toString('base64url'));
  for (let number = incarnationsOf(paths).at(-1)?.number ?? 1; number <= MOST; number += 1) {
    const incarnation = makeIncarnation(paths, number);
    if (!incarnation) throw new NoWorker('The attempt was cancelled.');
    const port = await portOf(incarnation, await claimOf(paths, incarnation, context), context);
    if (port !== undefined) return { port, token: readFileSync(token, 'utf8') };
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
  const { paths, portFile } = incarnation;
  const wakeups = new Wakeups(paths.root, context.clock, context.signal);
  try {
    for (;;) {
      context.signal.throwIfAborted();
      // Before the port: a worker that is gone has no use for it.
      const isGone = readExit(paths) !== undefined || !isRunning(claim.process);
      const port = readPort(portFile);
      if (!isGone && port !== undefined) return port;
      if (isGone) {
        const exit = readExit(paths);
        if (exit && port === undefined) throw neverServed(exit, context);
        if (!exit) await endOrphans(paths, claim.process, context);
        return undefined;
      }
      await wakeups.next();
    }
  } finally {
    wakeups.close();
  }
}

function neverServed({ code, signal, message, stderrTail }: ExitRecord, { redactor }: DriverContext): NoWorker {
  const how = message ?? (signal === null ? `exit code ${code}` : `signal ${signal}`);
  return new NoWorker(redactor.text(`The worker could not begin (${how}): ${stderrTail.trim()}`));
}

function readPort(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
