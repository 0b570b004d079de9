// The command line as a user starts it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { type Place, repository } from './place.js';

export interface CliEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Record<string, string>;
  /** Default: the one of this repository. */
  program?: string;
}

export interface CliRun {
  ended: Promise<CliEnd>;
  /** Resolves once standard output holds `text`. @throws when the program ends before. */
  printed(text: string): Promise<void>;
  /** At once, whatever it is doing. */
  kill(): void;
}

const cliProgram = path.join(repository, 'cli/bin/agentdispatch.js');

/** Runs to the end. The place's own configuration is found, because the working directory is its root. */
export const runCli = (place: Place, args: string[], options: CliOptions = {}): Promise<CliEnd> =>
  startCli(place, args, options).ended;

/** What a command with --json printed. @throws when it printed something else. */
export async function jsonOfCli<Answer>(place: Place, args: string[], options: CliOptions = {}): Promise<Answer> {
  const { code, stdout, stderr } = await runCli(place, [...args, '--json'], options);
  try {
    return JSON.parse(stdout) as Answer;
  } catch {
    throw new Error(`agentdispatch ${args.join(' ')} ended with ${String(code)}: ${stdout}${stderr}`);
  }
}

export function startCli(place: Place, args: string[], { env = {}, program = cliProgram }: CliOptions = {}): CliRun {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: place.root,
    env: { ...place.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  place.atEnd(() => child.kill('SIGKILL'));
  const printed = { stdout: '', stderr: '' };
  const checks = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
      for (const check of checks) check();
    });
  }
  const ended = new Promise<CliEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...printed }));
  });
  return {
    ended,
    kill: () => void child.kill('SIGKILL'),
    printed: async (text) => {
      const found = new Promise<true>((resolve) => {
        const check = (): void => {
          if (printed.stdout.includes(text)) resolve(true);
        };
        checks.add(check);
        check();
      });
      const end = await Promise.race([found, ended]);
      if (end !== true) await Promise.reject(new Error(`ended without "${text}": ${JSON.stringify(end)}`));
    },
  };
}
