// The AWS provider keeps the provider contract: the real SDK against the fake AgentCore, which counts.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from '@jest/globals';
import { runProviderContract, type ProviderWorld } from '@agent-dispatch/core/testing';
import plugin from '@agent-dispatch/provider-aws';
import type { DispatchRequest, ProviderManifest } from '@agent-dispatch/schemas';
import { repository } from '../e2e/support/place.js';
import { type Agent, FAKE_CREDENTIALS, ManualClock, sse, startFakeAgentCore } from '../fakes/agentcore/index.js';
import { deferred } from '../fakes/agentcore/deferred.js';

const manifest = JSON.parse(
  readFileSync(path.join(repository, 'plugins/provider-aws/manifest.json'), 'utf8'),
) as ProviderManifest;

const KEY = 'FAKEACCESSKEY1';
const { account, secretAccessKey } = FAKE_CREDENTIALS[KEY];
const REGION = 'us-west-2';
/** Longest life of a session, unless its runtime says otherwise. */
const LIFETIME_S = 28_800;

/** Says something, then waits to be told; by the session's readable part. */
class Waiting {
  readonly #told = new Map<string, ReturnType<typeof deferred>>();

  readonly agent: Agent = {
    invoke: ({ sessionId }) => {
      const told = this.#of(/-(task-.*?)-[0-9]+-[0-9a-f]+$/.exec(sessionId)?.[1] ?? '');
      return sse(
        (async function* () {
          yield { text: 'begun\n' };
          await told.promise;
          yield { result: 'done' };
        })(),
      );
    },
  };

  tell(taskId: string): void {
    this.#of(readable(taskId)).resolve();
  }

  #of(task: string): ReturnType<typeof deferred> {
    const told = this.#told.get(task) ?? deferred();
    this.#told.set(task, told);
    return told;
  }
}

/** A task's id as it stands in its sessions' ids. */
const readable = (taskId: string): string => taskId.replace(/[^a-zA-Z0-9]+/g, '-');

async function* events(...all: unknown[]): AsyncGenerator {
  yield* all;
}

async function openCloud(): Promise<ProviderWorld> {
  const clock = new ManualClock(Date.now());
  const waiting = new Waiting();
  const fake = await startFakeAgentCore({
    agents: {
      succeeds: () => sse(events({ text: 'one\n' }, { text: 'two\n' }, { result: 'done' })),
      fails: () => sse(events({ text: 'one\n' }, { error: 'it went wrong' })),
      runs: waiting.agent,
    },
    clock,
  });
  const request = (runtime: string, region = REGION): DispatchRequest => ({
    taskType: 'agent.run',
    capability: 'agent-runtime',
    account: 'dev',
    target: {
      mode: 'session',
      protocol: 'http',
      details: { runtimeArn: fake.arn(runtime).replace(REGION, region) },
    },
    input: { instruction: 'work' },
    limits: {},
    retry: {},
  });
  const url = fake.regionUrl(REGION);
  const sessionsOf = (taskId: string) =>
    fake.sessions().filter(({ sessionId }) => taskId !== '' && sessionId.includes(`-${readable(taskId)}-`));
  const sum = (counts: number[]): number => counts.reduce((all, one) => all + one, 0);
  return {
    account: {
      name: 'dev',
      provider: 'aws',
      settings: {
        region: REGION,
        endpoints: { data: url, control: url, sts: url },
        credentials: { source: 'environment' },
        expectedAccountId: account,
      },
    },
    environment: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    credentials: [secretAccessKey],
    requests: {
      succeeds: { request: request('succeeds'), output: 'one\ntwo\n{"result":"done"}\n' },
      fails: { request: request('fails'), code: 'AD_PROTOCOL_AGENT_ERROR' },
      runs: request('runs'),
      unusable: { request: request('runs', 'us-east-1'), code: 'AD_PROVIDER_TARGET_INVALID' },
    },
    finish: (taskId) => waiting.tell(taskId),
    executions: (taskId) => sum(sessionsOf(taskId).map(({ executions }) => executions)),
    running: (taskId) => sum(sessionsOf(taskId).map(({ active }) => active)),
    alive: () =>
      fake
        .sessions()
        .filter(({ state }) => state === 'alive')
        .map(({ sessionId }) => sessionId),
    borrowed: () => [fake.arn('succeeds'), fake.arn('fails'), fake.arn('runs')],
    deadline: {
      ms: 60_000,
      pass: (deadline) => clock.advance(deadline + LIFETIME_S * 1000 - Date.now()),
    },
    breakDown: () => {
      for (const operation of ['InvokeAgentRuntime', 'GetAgentRuntime', 'GetAgentRuntimeEndpoint']) {
        fake.faults.inject({ operation, fault: { kind: 'error', type: 'UnheardOfException' }, times: 1000 });
      }
    },
    dispose: () => fake.close(),
  };
}

runProviderContract({
  test: (title, run) => it(title, run, 60_000),
  createProvider: (host) => plugin.create(host),
  manifest,
  cases: [{ driver: 'agentcore', taskType: 'agent.run', targetMode: 'session', protocol: 'http', open: openCloud }],
});
