// Names a process so that it can be told from every other one, now and after a restart of the machine. Reads only the
// operating system; knows no file of the store.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../config/thrown.js';

export interface ProcessIdentity {
  host: string;
  /** Changes with every start of the machine; empty where the system does not tell. */
  bootId: string;
  pid: number;
  /** When the process started, in the system's own unit; empty where the system does not tell. */
  startTime: string;
}

export type Liveness = 'alive' | 'dead' | 'unknown';

/** The current process. */
export const processIdentity = (): ProcessIdentity => ({
  host: hostname(),
  bootId: bootId(),
  pid: process.pid,
  startTime: look(process.pid).startTime,
});

/**
 * Whether the process still runs. A pid alone proves nothing: it may be reused, or belong to a zombie.
 * `unknown`: another host, or nothing to compare with. Who gets `alive` or `unknown` must not take anything from it.
 */
export function isAlive(identity: ProcessIdentity): Liveness {
  if (identity.host !== hostname()) return 'unknown';
  const boot = bootId();
  if (identity.bootId !== '' && boot !== '' && identity.bootId !== boot) return 'dead';
  const signalled = signal(identity.pid);
  if (signalled !== 'reachable') return signalled;
  const { startTime, zombie } = look(identity.pid);
  if (zombie) return 'dead';
  if (startTime === '' || identity.startTime === '') return 'unknown';
  return startTime === identity.startTime ? 'alive' : 'dead';
}

function signal(pid: number): 'reachable' | Liveness {
  // 0 and negative numbers would name groups.
  if (!Number.isInteger(pid) || pid <= 0) return 'unknown';
  try {
    process.kill(pid, 0);
    return 'reachable';
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return 'dead';
    return codeOf(error) === 'EPERM' ? 'alive' : 'unknown';
  }
}

interface Look {
  startTime: string;
  /** Ended, and nobody has asked how. */
  zombie: boolean;
}
const UNSEEN: Look = { startTime: '', zombie: false };

const look = (pid: number): Look => (process.platform === 'linux' ? lookInProc(pid) : lookWithPs(pid));

function lookInProc(pid: number): Look {
  const text = readSystemFile(`/proc/${pid}/stat`);
  // The command name may hold spaces and brackets; the fields after its last bracket are fixed: state first, start time 20th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', startTime = ''] = [fields[0], fields[19]];
  return { startTime, zombie: (state === 'Z' || state === 'X') && !hasThreads(pid) };
}

/** Killed threads end one by one: one that waits for the disk may finish its write after the first is a zombie. */
function hasThreads(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => thread !== String(pid));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

function lookWithPs(pid: number): Look {
  if (process.platform === 'win32') return UNSEEN;
  try {
    const output = execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    }).trim();
    const [state = '', ...started] = output.split(/\s+/);
    return { startTime: started.join(' '), zombie: state.startsWith('Z') };
  } catch (error) {
    // No ps, not allowed (both have a code), or no such process (has its exit status): not seen proves nothing.
    if (codeOf(error) !== undefined || hasStatus(error)) return UNSEEN;
    throw error;
  }
}

const hasStatus = (error: unknown): boolean => typeof error === 'object' && error !== null && 'status' in error;

let knownBootId: string | undefined;
/** Only Linux tells it without starting a program. */
const bootId = (): string => (knownBootId ??= readSystemFile('/proc/sys/kernel/random/boot_id').trim());

function readSystemFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) !== undefined) return '';
    throw error;
  }
}
