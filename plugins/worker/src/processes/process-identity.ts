// Recognises a process across restarts of ours: pids are reused, so pid, start time and boot of the machine belong together.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { hasCode } from '../system-error.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only. */
  readonly startTime: string;
  /** Opaque; equal until the machine restarts. */
  readonly machineBoot: string;
}

export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  readonly startTime: string;
}

export const hasProc = process.platform === 'linux';
const run = promisify(execFile);

export async function machineBoot(): Promise<string> {
  if (hasProc) return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const name = process.platform === 'darwin' ? 'kern.bootsessionuuid' : 'kern.boottime';
  return (await run('sysctl', ['-n', name])).stdout.trim();
}

/** Undefined when no such process runs; a zombie does not run. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const entry = await readProcess(pid);
  return entry && { pid, startTime: entry.startTime, machineBoot: await machineBoot() };
}

export async function isRunning({ pid, startTime, machineBoot: boot }: ProcessIdentity): Promise<boolean> {
  return boot === (await machineBoot()) && (await readProcess(pid))?.startTime === startTime;
}

export async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  return hasProc ? parseStat(pid, await readOrGone(`/proc/${pid}/stat`)) : parsePs(await ps('-p', String(pid)))[0];
}

/** Undefined when the process is gone, or is not ours to look at. */
export async function readOrGone(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined;
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

export async function ps(...selection: string[]): Promise<string> {
  const args = [...selection, '-o', 'pid=,pgid=,state=,lstart='];
  try {
    return (await run('ps', args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } })).stdout;
  } catch (error) {
    // ps ends with 1 when it finds nothing.
    if (hasCode(error, '1')) return '';
    throw error;
  }
}

export function parsePs(output: string): ProcessEntry[] {
  return output.split('\n').flatMap((line) => {
    const [pid, group, state, ...start] = line.trim().split(/\s+/);
    if (start.length === 0 || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), group: Number(group), startTime: start.join(' ') }];
  });
}
