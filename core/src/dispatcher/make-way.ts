// Takes a state directory from an owner that cannot be reached. Its process is killed and confirmed dead first: a paused
// one would go on writing, and calling clouds, when it wakes.
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../config/thrown.js';
import { DispatchError } from '../errors/index.js';
import { claimEpoch, ownerLiveness, readEpoch, releaseEpoch, type EpochOwner } from '../store/epoch.js';
import { nodeFiles } from '../store/node-files.js';
import { isListening } from './find-dispatcher.js';

/** For an owner that does not listen any more to end in order, as one does that was stopped or lost its socket. */
const ENDING_MS = 5_000;
const KILLED_MS = 15_000;
const STOPPED_MS = 15_000;
const LOOK_MS = 20;

/**
 * Returns true when the owner has given the directory up or is dead; false when it listens after all, as one does whose
 * queue of connections was full for a moment on systems that refuse then.
 * @param isSilent it accepts connections and was given its time to answer: it is not ending in order.
 * Errors: AD_DISPATCHER_UNREACHABLE where its death cannot be confirmed from here.
 */
export async function makeWay(stateDir: string, owner: EpochOwner, isSilent: boolean): Promise<boolean> {
  if (!isSilent && ownerLiveness(owner) !== 'unknown') {
    if (await hasEnded(stateDir, owner, ENDING_MS)) return true;
    if (owner.socket !== undefined && (await isListening(owner.socket))) return false;
  }
  await killOwner(stateDir, owner);
  return true;
}

/**
 * Kills the process that the directory names as its owner, if it is that very process. What cannot be told from here
 * loses the directory all the same: the user says that it is dead, and were it not, its next write would be refused.
 * Returns whether there was one. Errors: AD_DISPATCHER_UNREACHABLE where it may not be signalled.
 */
export async function forceOut(stateDir: string): Promise<boolean> {
  const owner = await readEpoch(nodeFiles, stateDir);
  if (owner === undefined) return false;
  const liveness = ownerLiveness(owner);
  if (liveness === 'alive') await killOwner(stateDir, owner);
  else if (liveness === 'unknown') await supersede(stateDir, owner);
  return liveness !== 'dead';
}

/** Resolves when the owner, told to stop, has given the directory up or is dead. Errors: AD_DISPATCHER_UNREACHABLE. */
export async function untilStopped(stateDir: string, owner: EpochOwner): Promise<void> {
  if (await hasEnded(stateDir, owner, STOPPED_MS)) return;
  throw new DispatchError(
    'AD_DISPATCHER_UNREACHABLE',
    `the dispatcher (pid ${owner.pid} on ${owner.host}) was told to stop and has not ended`,
    { hint: 'End it with `agentdispatch dispatcher stop --force`; the next one takes its tasks up.' },
  );
}

async function killOwner(stateDir: string, owner: EpochOwner): Promise<void> {
  const liveness = ownerLiveness(owner);
  if (liveness === 'dead') return;
  if (liveness === 'unknown') {
    throw unconfirmed(owner, 'cannot be told from another one with its number', {
      hint: 'Where it runs: `agentdispatch dispatcher stop`. If it is dead: `agentdispatch dispatcher stop --force`, and the next call takes its tasks up.',
    });
  }
  try {
    process.kill(owner.pid, 'SIGKILL');
  } catch (error) {
    // Between the look and the signal it may have ended by itself.
    if (codeOf(error) !== 'ESRCH') {
      throw unconfirmed(owner, 'may not be signalled from here', {
        hint: 'Run `agentdispatch dispatcher stop --force` as its user and outside of any sandbox.',
        cause: error,
      });
    }
  }
  if (!(await hasEnded(stateDir, owner, KILLED_MS))) throw unconfirmed(owner, 'was killed and has not ended');
}

const unconfirmed = (
  { pid, host }: EpochOwner,
  why: string,
  options?: { hint?: string; cause?: unknown },
): DispatchError =>
  new DispatchError(
    'AD_DISPATCHER_UNREACHABLE',
    `the dispatcher of the state directory does not answer, and process ${pid} on ${host} ${why}`,
    options,
  );

/** The next number, given up at once: whoever had the one before finds a successor when it next writes. */
async function supersede(stateDir: string, owner: EpochOwner): Promise<void> {
  const taken = await claimEpoch(nodeFiles, stateDir, {
    incarnation: `after-${owner.incarnation}`,
    liveness: (found) => (found.incarnation === owner.incarnation ? 'dead' : ownerLiveness(found)),
  });
  await releaseEpoch(nodeFiles, stateDir, taken, Date.now());
}

/** Whether the owner gave the directory up, was followed by another, or is dead; looks again for so long. */
async function hasEnded(stateDir: string, owner: EpochOwner, forMs: number): Promise<boolean> {
  const end = performance.now() + forMs;
  for (;;) {
    const current = await readEpoch(nodeFiles, stateDir);
    if (current?.incarnation !== owner.incarnation || ownerLiveness(current) === 'dead') return true;
    if (performance.now() > end) return false;
    await sleep(LOOK_MS);
  }
}
