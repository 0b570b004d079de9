// The program agentdispatch-worker: reads its command line, serves until it is told to stop.
import { text } from 'node:stream/consumers';
import { readArguments, usage, type Command } from './arguments.js';
import { ConfigurationError, readSettings } from './configuration/read-settings.js';
import type { Settings } from './configuration/settings.js';
import { messageOf } from './system-error.js';
import { startWorker } from './worker.js';

/** @returns the exit code: 0, 1 when something failed, 2 for a wrong command line or configuration. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { command, options } = readArguments(args);
    if (command === 'help') {
      await print(usage);
      return 0;
    }
    const settings = readSettings({ options, environment: process.env, directory: process.cwd() });
    return await carryOut(command, settings);
  } catch (error) {
    const lines = messageOf(error)
      .split('\n')
      .map((line) => `agentdispatch-worker: ${line}\n`)
      .join('');
    process.stderr.write(lines);
    return error instanceof ConfigurationError ? 2 : 1;
  }
}

async function carryOut(command: Command, settings: Settings): Promise<number> {
  const context = { environment: process.env, now: Date.now };
  if (command === 'check') return 0;
  if (command === 'serve') {
    const worker = await startWorker(settings, context);
    await signalled();
    await worker.close();
    return 0;
  }
  // Told to whoever prints: it must not end this process before its task.
  process.stdout.on('error', () => undefined);
  const stopped = new AbortController();
  void signalled().then(() => stopped.abort());
  const { runJob } = await import('./job.js');
  const task = await text(process.stdin);
  return (await runJob(settings, context, { task, print, signal: stopped.signal })) ? 0 : 1;
}

/** However often it is told: a second signal must not leave the agents behind that the first one ends. */
const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });

/** Resolves when the text is out of this process, which may end next. Rejects when nobody reads any more. */
const print = (piece: string): Promise<void> =>
  new Promise((resolve, reject) => void process.stdout.write(piece, (error) => (error ? reject(error) : resolve())));
