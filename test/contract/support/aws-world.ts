// A fake cloud with agents that do what the provider contract asks for.
import type { ProviderCase, ProviderWorld } from '@agent-dispatch/core/testing';
import type { DispatchRequest } from '@agent-dispatch/schemas';
import {
  type Agent,
  FAKE_CREDENTIALS,
  type FakeAgentCore,
  ManualClock,
  type SessionView,
  startFakeAgentCore,
} from '../../fakes/agentcore/index.js';

export type Cell = Omit<ProviderCase, 'open' | 'driver'>;

/** What the kit wants done. */
export const KINDS = ['succeeds', 'fails', 'runs', 'takesSecret'] as const;
export type Kind = (typeof KINDS)[number];

export const SECRET = { name: 'MODEL_KEY', value: 'the-value-of-the-kit' };

const KEY = 'FAKEACCESSKEY1';
const { account, secretAccessKey } = FAKE_CREDENTIALS[KEY];
const REGION = 'us-west-2';
/** Longest life of a session, unless its runtime says otherwise. */
const LIFETIME_S = 28_800;
const SERVED = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI', stdio: 'HTTP' } as const;
const BROKEN = [
  'CreateAgentRuntime',
  'GetAgentRuntime',
  'GetAgentRuntimeEndpoint',
  'ListAgentRuntimes',
  'InvokeAgentRuntime',
  'InvokeAgentRuntimeCommand',
  'GetAgentCard',
];

/** What differs between the worlds of the cells. */
export interface Work {
  readonly agent: (kind: Kind) => Agent;
  readonly input: (kind: Kind) => DispatchRequest['input'];
  /** Of `succeeds`. */
  readonly output: string;
  /** Of `fails`. */
  readonly code: string;
  /** In mode `session` the secret is the token that opens the way to the agent, not for the agent. Default false. */
  readonly isGuarded?: boolean;
  readonly finish: (taskId: string) => unknown;
  /** Default: what the fake's sessions count. */
  readonly executions?: (taskId: string) => number;
  readonly running?: (taskId: string) => number;
  readonly dispose?: () => unknown;
}

const imageOf = (kind: Kind): string => `${account}.dkr.ecr.${REGION}.amazonaws.com/${kind.toLowerCase()}:1`;

export async function openCloud(cell: Cell, work: Work): Promise<ProviderWorld> {
  const clock = new ManualClock(Date.now());
  const agents = KINDS.map((kind) => [kind, work.agent(kind)] as const);
  const isGuarded = cell.targetMode === 'session' && work.isGuarded === true;
  const fake = await startFakeAgentCore({
    runtimes: KINDS.map((name) => ({
      name,
      protocol: SERVED[cell.protocol],
      allowedHeaders: ['A2A-Version', 'A2A-Extensions'],
      ...(name === 'takesSecret' && isGuarded && { authorization: 'bearer' as const }),
    })),
    tokens: { [SECRET.value]: { account } },
    agents: Object.fromEntries(agents),
    images: Object.fromEntries(agents.map(([kind, agent]) => [imageOf(kind), agent])),
    clock,
  });
  const request = requestsOf(cell, work, fake);
  const unusable =
    cell.targetMode === 'session'
      ? { runtimeArn: fake.arn('runs').replace(REGION, 'us-east-1') }
      : { networkMode: 'VPC' };
  const counted = countsIn(fake);
  return {
    account: accountAt(fake),
    environment: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    credentials: [secretAccessKey],
    requests: {
      succeeds: { request: request('succeeds'), output: work.output },
      fails: { request: request('fails'), code: work.code },
      runs: request('runs'),
      unusable: { request: request('runs', unusable), code: 'AD_PROVIDER_TARGET_INVALID' },
      takesSecret: {
        request: {
          ...request('takesSecret', isGuarded ? { bearerToken: SECRET.name } : {}),
          secrets: { [SECRET.name]: { source: 'environment', name: SECRET.name } },
        },
        ...SECRET,
      },
    },
    finish: work.finish,
    executions: work.executions ?? counted.executions,
    running: work.running ?? counted.running,
    alive: () => [
      ...fake.runtimes.made().map(({ name }) => name),
      ...fake
        .sessions()
        .filter(({ state }) => state === 'alive')
        .map(({ sessionId }) => sessionId),
    ],
    unlisted: cell.targetMode === 'session',
    borrowed: () => KINDS.map((kind) => fake.arn(kind)),
    deadline: {
      ms: 60_000,
      pass: (deadline) => clock.advance(deadline + LIFETIME_S * 1000 - Date.now()),
    },
    breakDown: () => {
      for (const operation of BROKEN)
        fake.faults.inject({ operation, fault: { kind: 'html', status: 418 }, times: 1000 });
    },
    dispose: async () => {
      await fake.close();
      await work.dispose?.();
    },
  };
}

function requestsOf({ taskType, targetMode, protocol, where }: Cell, work: Work, fake: FakeAgentCore) {
  const detailsOf = (kind: Kind): Record<string, unknown> =>
    targetMode === 'session'
      ? { runtimeArn: fake.arn(kind) }
      : { image: imageOf(kind), roleArn: `arn:aws:iam::${account}:role/agent` };
  return (kind: Kind, more: Record<string, unknown> = {}): DispatchRequest => ({
    taskType,
    capability: 'agent-runtime',
    account: 'dev',
    target: { mode: targetMode, protocol, details: { ...detailsOf(kind), ...where, ...more } },
    input: work.input(kind),
    limits: {},
    retry: {},
  });
}

function accountAt(fake: FakeAgentCore): ProviderWorld['account'] {
  const url = fake.regionUrl(REGION);
  return {
    name: 'dev',
    provider: 'aws',
    settings: {
      region: REGION,
      endpoints: { data: url, control: url, sts: url, ecr: url, iam: url },
      credentials: { source: 'environment' },
      expectedAccountId: account,
      // The kit's clock is real, and the fake has no quota of its own.
      controlCallsPerSecond: 1000,
    },
  };
}

/** A task's id as it stands in its sessions' ids. */
export const readable = (taskId: string): string => taskId.replace(/[^a-zA-Z0-9]+/g, '-');

function countsIn(fake: FakeAgentCore): Required<Pick<Work, 'executions' | 'running'>> {
  const sum = (taskId: string, count: (session: SessionView) => number): number =>
    fake
      .sessions()
      .filter(({ sessionId }) => taskId !== '' && sessionId.includes(`-${readable(taskId)}-`))
      .reduce((all, session) => all + count(session), 0);
  return {
    executions: (taskId) => sum(taskId, ({ executions }) => executions),
    running: (taskId) => sum(taskId, ({ active }) => active),
  };
}
