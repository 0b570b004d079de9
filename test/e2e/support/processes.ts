// What runs on this machine, as the system tells it; never as the product does.
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface RunningProcess {
  pid: number;
  parent: number;
  command: string;
}

/** The environment of each process included, as far as it is this user's. */
const LIST = process.platform === 'darwin' ? ['-AEww', '-o', 'pid=,ppid=,args='] : ['axeww', '-o', 'pid=,ppid=,args='];
const GONE_MS = 20_000;

/** Those whose command line or environment contains `mark`, without the program that lists them. */
export async function processesWith(mark: string): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', LIST, { maxBuffer: 64 * 1024 * 1024 });
  return stdout
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid, parent, command = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      command: command.slice(0, 200),
    }));
}

/** Waits until there is none; gives what is left when that takes too long. */
export async function untilGone(list: () => Promise<RunningProcess[]>): Promise<RunningProcess[]> {
  const end = Date.now() + GONE_MS;
  for (;;) {
    const found = await list();
    if (found.length === 0 || Date.now() > end) return found;
    await delay(100);
  }
}

/** The one dispatcher of a place. */
export async function dispatcherOf(mark: string): Promise<RunningProcess> {
  const found = (await processesWith(mark)).filter(({ command }) => command.includes('dispatcher-process.js'));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${String(found.length)} dispatchers run`);
  return only;
}
