// The fault-injecting provider keeps the provider contract while it injects nothing: what its faults show is the host's.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { it } from '@jest/globals';
import type { ProviderPlugin } from '@agent-dispatch/core/provider';
import { runProviderContract, type ProviderCase, type ProviderWorld } from '@agent-dispatch/core/testing';
import type { ProviderManifest } from '@agent-dispatch/schemas';
import { requestOf } from '@agent-dispatch/test/fakes/faulty/driver-at-cloud.js';
import { FAULTY_PROVIDER, startFaultyCloud } from '@agent-dispatch/test/fakes/faulty/index.js';

const manifest = JSON.parse(readFileSync(`${FAULTY_PROVIDER}/manifest.json`, 'utf8')) as ProviderManifest;
const { default: plugin } = (await import(pathToFileURL(`${FAULTY_PROVIDER}/plugin.mjs`).href)) as {
  default: ProviderPlugin;
};

const SECRET = 'not-a-secret-of-anything';
const sha256 = createHash('sha256').update(SECRET).digest('hex');

const LINES = ['line 1 of 3\n', 'line 2 of 3\n', 'line 3 of 3\n'];

async function openCloud(): Promise<ProviderWorld> {
  const cloud = await startFaultyCloud();
  return {
    account: { name: 'cloud', provider: 'faulty', settings: { url: cloud.url } },
    requests: {
      succeeds: { request: requestOf({}), output: LINES.join('') },
      fails: { request: requestOf({ work: { ends: 'badly' } }), code: 'AD_TASK_FAILED' },
      runs: requestOf({ work: { ends: 'when-told' } }),
      unusable: { request: requestOf({ work: { ends: 'somehow' } }), code: 'AD_PROVIDER_TARGET_INVALID' },
      takesSecret: {
        request: requestOf({ work: { secret: { name: 'TOKEN', sha256 } } }),
        name: 'TOKEN',
        value: SECRET,
      },
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

const cases = manifest.drivers.map(({ name }): ProviderCase => ({
  driver: name,
  taskType: 'agent.run',
  targetMode: 'runtime',
  protocol: 'stdio',
  open: openCloud,
}));

runProviderContract({
  test: (title, run) => it(title, run, 60_000),
  createProvider: (host) => plugin.create(host),
  manifest,
  cases,
});
