// All processes of one attempt's work: its process group, and those that left it but still bear its mark. Shared by host and shim.
import { bootId, hasEnvironment, listProcesses, readProcess, type ProcessIdentity } from './process-identity.js';
import { hasCode } from './system-error.js';

/** Environment variable that every process of the work inherits; its value is the attempt's mark. */
export const MARK = 'AGENTDISPATCH_ATTEMPT';

export interface WorkProcesses {
  /** Leader of the process group; absent when the shim died before it could record it. */
  readonly leader?: ProcessIdentity;
  readonly mark: string;
}

/** Whether anything of the work still runs. Zombies do not. */
export const runsOn = (work: WorkProcesses): boolean => findPids(work).length > 0;

/** Sends the signal to everything of the work. Processes that end meanwhile, or are not ours to signal, are passed over. */
export function signalWork(work: WorkProcesses, signal: NodeJS.Signals): void {
  // The group first, at one stroke: members that fork while we list them get it too.
  if (work.leader && ownsGroup(work.leader)) send(-work.leader.pid, signal);
  for (const pid of findPids(work)) send(pid, signal);
}

function findPids({ leader, mark }: WorkProcesses): number[] {
  const group = leader && ownsGroup(leader) ? leader.pid : undefined;
  const assignment = `${MARK}=${mark}`;
  return listProcesses()
    .filter((entry) => entry.group === group || hasEnvironment(entry.pid, assignment))
    .map(({ pid }) => pid);
}

/** A number stays taken while a group of that name lives, so a group without its leader is ours, one with another leader is not. */
function ownsGroup(leader: ProcessIdentity): boolean {
  if (leader.bootId !== bootId()) return false;
  const entry = readProcess(leader.pid);
  return entry === undefined || entry.startTime === leader.startTime;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}
