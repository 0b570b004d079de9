// Runs the built program as a user does: its own process, home, state and working directory.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/agentdispatch.js', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class Workplace {
  private constructor(readonly directory: string) {}

  static async create(): Promise<Workplace> {
    return new Workplace(await mkdtemp(path.join(tmpdir(), 'agentdispatch-cli-')));
  }

  path(...names: string[]): string {
    return path.join(this.directory, ...names);
  }

  /** Nobody is there to ask: stdin is closed. */
  start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const { PATH = '', SystemRoot = '' } = process.env;
    const own = { PATH, SystemRoot, HOME: this.directory, USERPROFILE: this.directory };
    return spawn(process.execPath, [program, ...args], {
      cwd: this.directory,
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    return await outcome(this.start(args, env));
  }

  /** Stops the dispatcher that the commands may have started, and removes everything. */
  async close(): Promise<void> {
    await this.run(['dispatcher', 'stop']);
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function outcome(child: ChildProcess): Promise<Ran> {
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (ran.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (ran.stderr += text));
  ran.code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return ran;
}
