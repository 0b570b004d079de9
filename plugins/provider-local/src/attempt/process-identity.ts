// Recognises a process across restarts of ours: pids are reused, so pid, start time and boot belong together.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { hasCode } from './system-error.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only. */
  readonly startTime: string;
  /** Opaque; equal until the machine restarts. */
  readonly bootId: string;
}

export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  readonly startTime: string;
}

const hasProc = process.platform === 'linux';

let known: string | undefined;

/** It cannot change while this process lives; to ask for it may start a program. */
export const bootId = (): string => (known ??= readBootId());

function readBootId(): string {
  if (hasProc) return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const name = process.platform === 'darwin' ? 'kern.bootsessionuuid' : 'kern.boottime';
  return execFileSync('sysctl', ['-n', name], { encoding: 'utf8' }).trim();
}

/** Undefined when no such process runs; a zombie does not run. */
export function identify(pid: number): ProcessIdentity | undefined {
  const entry = readProcess(pid);
  return entry && { pid, startTime: entry.startTime, bootId: bootId() };
}

/** Only a clear answer counts as death: a process that the system does not let us look at is taken to run. */
export function isRunning({ pid, startTime, bootId: boot }: ProcessIdentity): boolean {
  try {
    return boot === bootId() && readProcess(pid)?.startTime === startTime;
  } catch {
    return true;
  }
}

export const readProcess = (pid: number): ProcessEntry | undefined =>
  hasProc ? parseStat(pid, readOrGone(`/proc/${pid}/stat`)) : parsePs(ps('-p', String(pid)))[0];

export function listProcesses(): ProcessEntry[] {
  if (!hasProc) return parsePs(ps('-ax'));
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.map((pid) => readProcess(pid)).filter((entry) => entry !== undefined);
}

/** Whether the process was started with this variable. Known on Linux alone, for processes of the same user. */
export function hasEnvironment(pid: number, assignment: string): boolean {
  if (!hasProc) return false;
  try {
    return `\0${readOrGone(`/proc/${pid}/environ`) ?? ''}`.includes(`\0${assignment}\0`);
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM')) return false;
    throw error;
  }
}

function readOrGone(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** The program's name stands in brackets and may hold anything, so fields are counted from the last one on. */
function parseStat(pid: number, stat: string | undefined): ProcessEntry | undefined {
  const [state, , group, ...rest] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const startTime = rest[16];
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, group: Number(group), startTime };
}

function ps(...selection: string[]): string {
  const args = [...selection, '-o', 'pid=,pgid=,state=,lstart='];
  try {
    return execFileSync('ps', args, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } });
  } catch (error) {
    // ps ends with 1 when it finds nothing.
    if ((error as { status?: unknown }).status === 1) return '';
    throw error;
  }
}

function parsePs(output: string): ProcessEntry[] {
  return output.split('\n').flatMap((line) => {
    const [pid, group, state, ...start] = line.trim().split(/\s+/);
    if (start.length === 0 || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), group: Number(group), startTime: start.join(' ') }];
  });
}
