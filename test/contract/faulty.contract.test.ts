// The fault-injecting provider keeps the provider contract while it injects nothing: what its faults show is the host's.
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { it } from '@jest/globals';
import type { ProviderPlugin } from '@agent-dispatch/core/provider';
import { runProviderContract, type ProviderCase, type ProviderWorld } from '@agent-dispatch/core/testing';
import type { DispatchRequest, ProviderManifest } from '@agent-dispatch/schemas';
import { FAULTY_PROVIDER, startFaultyCloud } from '@agent-dispatch/test/fakes/faulty/index.js';

const manifest = JSON.parse(readFileSync(`${FAULTY_PROVIDER}/manifest.json`, 'utf8')) as ProviderManifest;
const { default: plugin } = (await import(pathToFileURL(`${FAULTY_PROVIDER}/plugin.mjs`).href)) as {
  default: ProviderPlugin;
};

const request = (details: Record<string, unknown>): DispatchRequest => ({
  taskType: 'agent.run',
  capability: 'agent-runtime',
  account: 'cloud',
  target: { mode: 'runtime', protocol: 'stdio', details },
  input: { instruction: 'work' },
  limits: {},
  retry: {},
});

const SECRET = 'not-a-secret-of-anything';
const sha256 = createHash('sha256').update(SECRET).digest('hex');

const LINES = ['line 1 of 3\n', 'line 2 of 3\n', 'line 3 of 3\n'];

async function openCloud(): Promise<ProviderWorld> {
  const cloud = await startFaultyCloud();
  return {
    account: { name: 'cloud', provider: 'faulty', settings: { url: cloud.url } },
    requests: {
      succeeds: { request: request({}), output: LINES.join('') },
      fails: { request: request({ work: { ends: 'badly' } }), code: 'AD_TASK_FAILED' },
      runs: request({ work: { ends: 'when-told' } }),
      unusable: { request: request({ work: { ends: 'somehow' } }), code: 'AD_PROVIDER_TARGET_INVALID' },
      takesSecret: { request: request({ work: { secret: { name: 'TOKEN', sha256 } } }), name: 'TOKEN', value: SECRET },
    },
    finish: (taskId) => cloud.finish(taskId),
    executions: (taskId) => cloud.executions(taskId).length,
    running: (taskId) => cloud.alive(taskId).filter(({ kind }) => kind === 'job').length,
    alive: () => cloud.alive().map(({ kind, name }) => `${kind} ${name}`),
    deadline: { ms: 60_000, pass: (deadline) => cloud.passTime(deadline + 60_000 - Date.now()) },
    breakDown: () => {
      for (const at of ['provision', 'look', 'start', 'list'] as const) {
        cloud.faults.inject({ at, kind: 'error', status: 418, times: 1000 });
      }
    },
    dispose: () => cloud.close(),
  };
}

/** Nothing outside of the process: what happens is heard of. */
async function openNowhere(): Promise<ProviderWorld> {
  const happened: { type: 'begun' | 'ended'; taskId: string }[] = [];
  const listen = (message: unknown): void => void happened.push(message as (typeof happened)[number]);
  subscribe('agentdispatch-faulty:noop', listen);
  const count = (wanted: string, taskId: string): number =>
    happened.filter((one) => one.type === wanted && one.taskId === taskId).length;
  return {
    account: { name: 'nowhere', provider: 'faulty', settings: {} },
    requests: {
      succeeds: { request: request({}), output: '' },
      fails: { request: request({ ends: 'badly' }), code: 'AD_TASK_FAILED' },
      runs: request({ ends: 'never' }),
      unusable: { request: request({ ends: 'somehow' }), code: 'AD_PROVIDER_TARGET_INVALID' },
    },
    executions: (taskId) => count('begun', taskId),
    running: (taskId) => Math.max(0, count('begun', taskId) - count('ended', taskId)),
    alive: () => [],
    dispose: () => unsubscribe('agentdispatch-faulty:noop', listen),
  };
}

const cases = manifest.drivers.map(({ name }): ProviderCase => ({
  driver: name,
  taskType: 'agent.run',
  targetMode: 'runtime',
  protocol: 'stdio',
  open: name === 'noop' ? openNowhere : openCloud,
}));

runProviderContract({
  test: (title, run) => it(title, run, 60_000),
  createProvider: (host) => plugin.create(host),
  manifest,
  cases,
});
