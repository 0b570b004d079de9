// Starts the watched dispatcher of a place, and tells how it ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { repository } from '../../e2e/support/place.js';
import type { ProgramOptions } from '../watched/program.js';

/** One file, because that starts in a third of the time; where core finds its own package from. */
const folder = path.join(repository, 'core/.cache', `crash-${String(process.pid)}`);
const program = path.join(folder, 'program.mjs');
const BANNER = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

/** To be called once, before anything is started. */
export async function buildProgram(): Promise<void> {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [path.join(repository, 'test/crash/watched/program.ts')],
    outfile: program,
    tsconfig: path.join(repository, 'tsconfig.test.json'),
    banner: { js: BANNER },
    external: ['typescript'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
}

export const removeProgram = (): Promise<void> => rm(folder, { recursive: true, force: true });

export interface WatchedDispatcher {
  /** false: it ended before it served. */
  ready: boolean;
  /** The signal that ended it; null where it ended by itself. */
  ended: Promise<NodeJS.Signals | null>;
  /** SIGKILL from outside. */
  kill(): void;
}

export async function startWatched(
  options: ProgramOptions,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<WatchedDispatcher> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    cwd,
    // Warnings of the cloud's SDK about the age of Node say nothing here; errors do.
    env: { ...env, NODE_NO_WARNINGS: '1' },
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  let report = '';
  for await (const chunk of child.stdio[3] as NodeJS.ReadableStream) report += String(chunk);
  return { ready: report === 'ready', ended, kill: () => void child.kill('SIGKILL') };
}
