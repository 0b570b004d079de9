// An attempt of the local provider that is ready to be started, and its own channel, as a host would have them. Between channel and
// worker lies a passage on which the test can cut every connection.
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DispatchError, isErrorCode } from '@agent-dispatch/core/errors';
import type { ChannelDriver, DriverContext, ErrorFactory, Handle } from '@agent-dispatch/core/provider';
import type { ScriptedAgent } from '@agent-dispatch/core/testing';
import plugin from '@agent-dispatch/provider-local';
import type { Protocol } from '@agent-dispatch/schemas';
import { Passage } from './passage.js';

const ERRORS: ErrorFactory = {
  create: (code, message, more) => new DispatchError(isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL', message, more),
};
const AN_HOUR_MS = 3_600_000;

/** @param command of an agent that tells events. */
export async function openAttempt(protocol: Protocol, command: string[]): Promise<ScriptedAgent> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'local-attempt-')));
  const { drivers } = await plugin.create({ resolve: () => ERRORS });
  const driver = drivers['process'] as ChannelDriver;
  const context = contextOf(root, protocol, command);
  let handle: Handle = driver.plan(context.request, context);
  for await (const event of driver.provision(handle, context)) if (event.type === 'handle') handle = event.handle;
  const passage = await laid(path.join(root, 'attempts', `${context.taskId}-1`, 'worker-1', 'port'));
  return {
    channel: driver.channel(handle, context),
    dropConnections: () => passage.cut(),
    close: async () => {
      await passage.close();
      await driver.cleanup(handle.resources, handle, context);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The channel finds the passage where it looks for the worker's port. */
async function laid(portFile: string): Promise<Passage> {
  const passage = await Passage.to(Number(await readFile(portFile, 'utf8')));
  await writeFile(portFile, String(passage.port));
  return passage;
}

function contextOf(directory: string, protocol: Protocol, command: string[]): DriverContext {
  return {
    installationId: 'installation',
    taskId: 'task_of_a_test',
    attempt: 1,
    agent: 'worker',
    account: { name: 'local', provider: 'local', settings: {} },
    deadline: Date.now() + AN_HOUR_MS,
    directory,
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'local',
      target: { mode: 'runtime', protocol, details: { command, output: 'events' } },
      input: { instruction: 'work' },
      limits: {},
      retry: {},
    },
    signal: new AbortController().signal,
    clock: { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text },
    environment: { PATH: process.env['PATH'] ?? '' },
    secrets: {},
    pace: async () => undefined,
  };
}
