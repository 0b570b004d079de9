// AgentDispatch's worker as it is built, as a program of its own on this machine, with agents that a test scripts. Reached
// through a passage on which the test can cut every connection.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AgentScript, ScriptedAgent } from '@agent-dispatch/core/testing';
import type { Protocol, WorkerConfig } from '@agent-dispatch/schemas';
import { repository } from '../../e2e/support/place.js';
import { Passage } from './passage.js';
import { Puppets } from './puppets.js';

const PROGRAM = path.join(repository, 'plugins/worker/bin/agentdispatch-worker.js');
const PUPPET = fileURLToPath(new URL('puppet.mjs', import.meta.url));

/** With an agent that does what the script says. */
export async function startWorkerProgram(protocol: Protocol, script: AgentScript): Promise<ScriptedAgent> {
  const puppets = await Puppets.start(script);
  const command = [process.execPath, PUPPET, String(puppets.port)];
  const worker = await startWorkerWith(protocol, { puppet: { command, output: 'events' } });
  const close = async (): Promise<void> => {
    await worker.close();
    await puppets.close();
  };
  return { ...worker, close };
}

/** @param agents as the worker's configuration has them. */
export async function startWorkerWith(
  protocol: Protocol,
  agents: NonNullable<WorkerConfig['agents']>,
): Promise<ScriptedAgent> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'worker-contract-')));
  const worker = await startProgram(root, { protocol, agents });
  const passage = await Passage.to(worker.port);
  const base = `http://127.0.0.1:${String(passage.port)}`;
  return {
    channel: { fetch: (path, request) => fetch(base + path, request) },
    dropConnections: () => passage.cut(),
    close: async () => {
      await passage.close();
      await end(worker.program);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function startProgram(root: string, config: object): Promise<{ program: ChildProcess; port: number }> {
  const portFile = path.join(root, 'port');
  const whole = { host: '127.0.0.1', port: 0, portFile, dataDirectory: path.join(root, 'data'), ...config };
  const program = spawn(process.execPath, [PROGRAM, 'serve'], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', AGENTDISPATCH_WORKER_CONFIG: JSON.stringify(whole) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (;;) {
    const port = await readFile(portFile, 'utf8').catch(() => '');
    if (port !== '') return { program, port: Number(port) };
    if (program.exitCode !== null) throw new Error('the worker did not start');
    await delay(10);
  }
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => program.once('exit', () => resolve()));
  program.kill('SIGTERM');
  await exited;
}
