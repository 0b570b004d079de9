// Ends all processes of a run: asks, waits, kills, and returns when none is left. They are its process group, and those that
// left the group but still bear its mark.
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../system-error.js';
import { hasProc, machineBoot, readProcess, type ProcessIdentity } from './process-identity.js';
import { listProcesses } from './process-table.js';

export interface RunProcesses {
  /** Leader of the process group; absent when the worker died before it could record it. */
  readonly leader?: ProcessIdentity;
  readonly mark: string;
  /** The leader was started by this very program, a short time ago: its number cannot have been given to another since. */
  readonly isOurs?: boolean;
}

const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 250;

/**
 * @param graceMs between SIGTERM and SIGKILL.
 * @returns whether all are gone; false only where the system does not let us kill them.
 */
export async function endProcesses(processes: RunProcesses, graceMs: number): Promise<boolean> {
  if (!(await signalAll(processes, 'SIGTERM'))) return true;
  // A stopped process takes SIGTERM only when it goes on.
  await signalAll(processes, 'SIGCONT');
  if (await goneWithin(processes, graceMs)) return true;
  for (let tries = 0; tries < 20; tries += 1) {
    if (!(await signalAll(processes, 'SIGKILL'))) return true;
    if (await goneWithin(processes, LONGEST_LOOK_MS)) return true;
  }
  return false;
}

async function goneWithin(processes: RunProcesses, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  for (
    let pause = FIRST_LOOK_MS;
    (await find(processes)).pids.length > 0;
    pause = Math.min(pause * 2, LONGEST_LOOK_MS)
  ) {
    if (Date.now() >= end) return false;
    await sleep(pause);
  }
  return true;
}

/** Returns whether there was anything to signal. Processes that end meanwhile, or are not ours to signal, are passed over. */
async function signalAll(processes: RunProcesses, signal: NodeJS.Signals): Promise<boolean> {
  const { group, pids } = await find(processes);
  // The group first, at one stroke: members that fork while we go through the list get it too.
  if (group !== undefined && pids.length > 0) send(-group, signal);
  for (const pid of pids) send(pid, signal);
  return pids.length > 0;
}

async function find({ leader, mark, isOurs = false }: RunProcesses): Promise<{ group?: number; pids: number[] }> {
  const group = leader && (await ownsGroup(leader, isOurs)) ? leader.pid : undefined;
  const entries = await listProcesses();
  const ours = entries.filter((entry) => entry.group === group || entry.mark === mark);
  return { group, pids: ours.map(({ pid }) => pid).filter((pid) => pid !== process.pid) };
}

/**
 * A number stays taken while a group of that name lives, so one with another leader is not ours. One without a leader is, unless
 * it may be what is left of a later one: where marks can be seen, they tell.
 */
async function ownsGroup(leader: ProcessIdentity, isOurs: boolean): Promise<boolean> {
  if (leader.machineBoot !== (await machineBoot())) return false;
  const entry = await readProcess(leader.pid);
  return entry === undefined ? isOurs || !hasProc : entry.startTime === leader.startTime;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}
