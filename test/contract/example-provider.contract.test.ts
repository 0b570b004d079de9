// The example of the guide for provider authors keeps the provider contract, at the wire of a small cloud.
import { readFileSync } from 'node:fs';
import { it } from '@jest/globals';
import { runProviderContract, type ProviderWorld } from '@agent-dispatch/core/testing';
import type { DispatchRequest, ProviderManifest } from '@agent-dispatch/schemas';
import { ExampleCloud } from './example-provider/example-cloud.js';
import plugin from './example-provider/index.js';

const manifest = JSON.parse(
  readFileSync(new URL('example-provider/manifest.json', import.meta.url), 'utf8'),
) as ProviderManifest;

const running = (command: string | string[]): DispatchRequest => ({
  taskType: 'command.run',
  capability: 'job-runner',
  account: 'example',
  target: { mode: 'job', protocol: 'stdio', details: {} },
  input: { command },
  limits: {},
  retry: {},
});

async function openCloud(): Promise<ProviderWorld> {
  const cloud = new ExampleCloud();
  const endpoint = await cloud.listen();
  return {
    account: { name: 'example', provider: 'example', settings: { endpoint } },
    requests: {
      succeeds: { request: running(['print', 'one', 'two']), output: 'one\ntwo\n' },
      fails: { request: running(['fail']), code: 'AD_TASK_FAILED' },
      runs: running(['wait', 'one']),
      unusable: { request: running('print one'), code: 'AD_PROVIDER_TARGET_INVALID' },
    },
    finish: (taskId) => cloud.finish(taskId),
    executions: (taskId) => cloud.begun.filter((name) => name.includes(taskId)).length,
    running: (taskId) => cloud.of(taskId).filter(({ state }) => state === 'running').length,
    alive: () => [...cloud.jobs.keys()],
    deadline: { ms: 60_000, pass: (deadline) => cloud.expire(deadline + 60_000) },
    breakDown: () => (cloud.isBroken = true),
    dispose: () => cloud.close(),
  };
}

runProviderContract({
  test: (title, run) => it(title, run, 60_000),
  createProvider: (host) => plugin.create(host),
  manifest,
  cases: [{ driver: 'jobs', taskType: 'command.run', targetMode: 'job', protocol: 'stdio', open: openCloud }],
});
