// The AWS provider keeps the provider contract: the real SDK against the fake AgentCore, which counts.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from '@jest/globals';
import { runProviderContract, type ProviderWorld } from '@agent-dispatch/core/testing';
import plugin from '@agent-dispatch/provider-aws';
import type { DispatchRequest, ProviderManifest } from '@agent-dispatch/schemas';
import { repository } from '../e2e/support/place.js';
import {
  type Agent,
  type AgentHandler,
  type CommandEvent,
  type CommandHandler,
  FAKE_CREDENTIALS,
  json,
  ManualClock,
  sse,
  startFakeAgentCore,
} from '../fakes/agentcore/index.js';
import { deferred } from '../fakes/agentcore/deferred.js';

const manifest = JSON.parse(
  readFileSync(path.join(repository, 'plugins/provider-aws/manifest.json'), 'utf8'),
) as ProviderManifest;

const KEY = 'FAKEACCESSKEY1';
const { account, secretAccessKey } = FAKE_CREDENTIALS[KEY];
const REGION = 'us-west-2';
/** Longest life of a session, unless its runtime says otherwise. */
const LIFETIME_S = 28_800;

/** Tasks wait here to be told; by the readable part of their session's id. */
class Waiting {
  readonly #told = new Map<string, ReturnType<typeof deferred>>();

  async toldIn(sessionId: string): Promise<void> {
    await this.#of(/-(task-.*?)-[0-9]+-[0-9a-f]+$/.exec(sessionId)?.[1] ?? '').promise;
  }

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

async function* events<Event>(...all: Event[]): AsyncGenerator<Event> {
  yield* all;
}

const SECRET = { name: 'MODEL_KEY', value: 'the-value-of-the-kit' };
const KINDS = ['succeeds', 'fails', 'runs', 'takesSecret'] as const;
type Kind = (typeof KINDS)[number];

function agentFor(kind: Kind, waiting: Waiting, isGuarded: boolean): Agent {
  const answers: Record<Kind, AgentHandler> = {
    succeeds: () => sse(events({ text: 'one\n' }, { text: 'two\n' }, { result: 'done' })),
    fails: () => sse(events({ text: 'one\n' }, { error: 'it went wrong' })),
    // In mode `session` the secret opens the way to the agent, which then has nothing to check.
    takesSecret: ({ environment }) =>
      isGuarded || environment[SECRET.name] === SECRET.value
        ? json('done')
        : sse(events({ error: 'there is no secret' })),
    runs: ({ sessionId }) =>
      sse(
        (async function* () {
          yield { text: 'begun\n' };
          await waiting.toldIn(sessionId);
          yield { result: 'done' };
        })(),
      ),
  };
  return { invoke: answers[kind], command: commandOf(waiting) };
}

/** A command is the name of what it does. */
const commandOf = (waiting: Waiting): CommandHandler =>
  async function* ({ command, sessionId }) {
    if (command === 'runs') {
      yield { stdout: 'begun\n' };
      await waiting.toldIn(sessionId);
      yield { exitCode: 0 };
    } else if (command === 'fails') yield* events<CommandEvent>({ stderr: 'oh\n' }, { exitCode: 3 });
    else yield* events<CommandEvent>({ stdout: 'one\n' }, { stderr: 'two\n' }, { exitCode: 0 });
  };

interface Cell {
  readonly taskType: DispatchRequest['taskType'];
  readonly targetMode: 'session' | 'runtime';
  /** A command is none of the agent's: it runs whatever that speaks. */
  readonly protocol: 'http' | 'a2a' | 'mcp' | 'ag-ui';
}

const SERVED = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI' } as const;

const imageOf = (kind: Kind): string => `${account}.dkr.ecr.${REGION}.amazonaws.com/${kind.toLowerCase()}:1`;

async function openCloud({ taskType, targetMode, protocol }: Cell): Promise<ProviderWorld> {
  const clock = new ManualClock(Date.now());
  const waiting = new Waiting();
  const agents = KINDS.map((kind) => [kind, agentFor(kind, waiting, targetMode === 'session')] as const);
  const guarded = targetMode === 'session' ? ({ authorization: 'bearer' } as const) : {};
  const fake = await startFakeAgentCore({
    runtimes: KINDS.map((name) => ({ name, protocol: SERVED[protocol], ...(name === 'takesSecret' && guarded) })),
    tokens: { [SECRET.value]: { account } },
    agents: Object.fromEntries(agents),
    images: Object.fromEntries(agents.map(([kind, agent]) => [imageOf(kind), agent])),
    clock,
  });
  const detailsOf = (kind: Kind): Record<string, unknown> =>
    targetMode === 'session'
      ? { runtimeArn: fake.arn(kind) }
      : { image: imageOf(kind), roleArn: `arn:aws:iam::${account}:role/agent` };
  const request = (kind: Kind, more: Record<string, unknown> = {}): DispatchRequest => ({
    taskType,
    capability: 'agent-runtime',
    account: 'dev',
    target: { mode: targetMode, protocol, details: { ...detailsOf(kind), ...more } },
    input: taskType === 'agent.run' ? { instruction: 'work' } : { command: [kind] },
    limits: {},
    retry: {},
  });
  const unusable =
    targetMode === 'session' ? { runtimeArn: fake.arn('runs').replace(REGION, 'us-east-1') } : { networkMode: 'VPC' };
  const url = fake.regionUrl(REGION);
  const sessionsOf = (taskId: string) =>
    fake.sessions().filter(({ sessionId }) => taskId !== '' && sessionId.includes(`-${readable(taskId)}-`));
  const sum = (counts: number[]): number => counts.reduce((all, one) => all + one, 0);
  const isAgent = taskType === 'agent.run';
  return {
    account: {
      name: 'dev',
      provider: 'aws',
      settings: {
        region: REGION,
        endpoints: { data: url, control: url, sts: url, ecr: url, iam: url },
        credentials: { source: 'environment' },
        expectedAccountId: account,
      },
    },
    environment: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    credentials: [secretAccessKey],
    requests: {
      succeeds: { request: request('succeeds'), output: `one\ntwo\n${isAgent ? '{"result":"done"}\n' : ''}` },
      fails: { request: request('fails'), code: isAgent ? 'AD_PROTOCOL_AGENT_ERROR' : 'AD_TASK_FAILED' },
      runs: request('runs'),
      unusable: { request: request('runs', unusable), code: 'AD_PROVIDER_TARGET_INVALID' },
      takesSecret: {
        request: {
          ...request('takesSecret', targetMode === 'session' ? { bearerToken: SECRET.name } : {}),
          secrets: { [SECRET.name]: { source: 'environment', name: SECRET.name } },
        },
        ...SECRET,
      },
    },
    finish: (taskId) => waiting.tell(taskId),
    executions: (taskId) => sum(sessionsOf(taskId).map(({ executions }) => executions)),
    running: (taskId) => sum(sessionsOf(taskId).map(({ active }) => active)),
    alive: () => [
      ...fake.runtimes.made().map(({ name }) => name),
      ...fake
        .sessions()
        .filter(({ state }) => state === 'alive')
        .map(({ sessionId }) => sessionId),
    ],
    unlisted: targetMode === 'session',
    borrowed: () => KINDS.map((kind) => fake.arn(kind)),
    deadline: {
      ms: 60_000,
      pass: (deadline) => clock.advance(deadline + LIFETIME_S * 1000 - Date.now()),
    },
    breakDown: () => {
      for (const operation of BROKEN)
        fake.faults.inject({ operation, fault: { kind: 'html', status: 418 }, times: 1000 });
    },
    dispose: () => fake.close(),
  };
}

const BROKEN = [
  'CreateAgentRuntime',
  'GetAgentRuntime',
  'GetAgentRuntimeEndpoint',
  'ListAgentRuntimes',
  'InvokeAgentRuntime',
  'InvokeAgentRuntimeCommand',
];

const cells: Cell[] = (['session', 'runtime'] as const).flatMap((targetMode) => [
  { taskType: 'agent.run', targetMode, protocol: 'http' },
  ...(['http', 'a2a', 'mcp', 'ag-ui'] as const).map(
    (protocol) => ({ taskType: 'command.run', targetMode, protocol }) as const,
  ),
]);

runProviderContract({
  test: (title, run) => it(title, run, 60_000),
  createProvider: (host) => plugin.create(host),
  manifest,
  cases: cells.map((cell) => ({ driver: 'agentcore', ...cell, open: () => openCloud(cell) })),
});
