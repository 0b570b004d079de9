// The real plugin with the real SDK, pointed at the fake AgentCore, and the context in which a host would call it.
import { isErrorCode, DispatchError } from '@agent-dispatch/core/errors';
import { httpProtocolDriver } from '@agent-dispatch/core/protocol';
import type {
  AccountProfile,
  Channel,
  ChannelDriver,
  DriverContext,
  DriverEvent,
  DirectDriver,
  DispatchRequest,
  DriverWithCheck,
  DriverWithHandoff,
  DriverWithSweep,
  ErrorFactory,
  Handle,
  PluginHost,
  Provider,
} from '@agent-dispatch/core/provider';
import { FAKE_CREDENTIALS, type FakeAgentCore, type ManualClock } from '@agent-dispatch/test/fakes/agentcore/index.js';
import plugin from '../index.js';

export type AgentcoreDriver = ChannelDriver & DirectDriver & DriverWithCheck & DriverWithHandoff & DriverWithSweep;

export const ERROR_FACTORY: ErrorFactory = {
  create: (code, message, more) => new DispatchError(isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL', message, more),
};

export interface LoadedProvider {
  readonly driver: AgentcoreDriver;
  close(): Promise<void>;
}

export async function loadProvider(): Promise<LoadedProvider> {
  const host: PluginHost = { resolve: () => ERROR_FACTORY };
  const provider: Provider = await plugin.create(host);
  return { driver: provider.drivers['agentcore'] as AgentcoreDriver, close: async () => provider.close?.() };
}

export const FAKE_KEY = 'FAKEACCESSKEY1';

/** Hands over the fake's own credentials, as a host does where the profile says `environment`. */
export const FAKE_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: FAKE_KEY,
  AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS[FAKE_KEY].secretAccessKey,
};

export function profileAt(
  fake: FakeAgentCore,
  more: Record<string, unknown> = {},
  region = 'us-west-2',
): AccountProfile {
  const url = fake.regionUrl(region);
  const endpoints = { data: url, control: url, sts: url, ecr: url, iam: url };
  return {
    name: 'dev',
    provider: 'aws',
    settings: { region, endpoints, credentials: { source: 'environment' }, ...more },
  };
}

export interface ContextOptions extends Partial<Omit<DriverContext, 'request'>> {
  account: AccountProfile;
  details: Record<string, unknown>;
  /** Default `session`. */
  mode?: DispatchRequest['target']['mode'];
  request?: Partial<DispatchRequest>;
}

export function contextFor({ details, mode = 'session', request, ...more }: ContextOptions): DriverContext {
  return {
    installationId: 'inst-1',
    taskId: 'task_01',
    attempt: 1,
    deadline: Date.now() + 60_000,
    directory: '/nonexistent',
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: more.account.name,
      target: { mode, protocol: 'http', details },
      input: { instruction: 'Say hello.' },
      limits: {},
      retry: {},
      ...request,
    },
    signal: new AbortController().signal,
    clock: { now: () => Date.now(), sleep: untilAborted },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text },
    environment: FAKE_ENVIRONMENT,
    secrets: {},
    pace: async () => undefined,
    ...more,
  };
}

/** A sleep that no time ends. */
function untilAborted(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('slept enough')), { once: true });
  });
}

/** Plans an attempt, and starts it as the host does: its own protocol driver over the driver's channel. */
export function startAttempt(
  driver: AgentcoreDriver,
  context: DriverContext,
): { handle: Handle; channel: Channel; events: AsyncIterable<DriverEvent> } {
  const handle = driver.plan(context.request, context);
  const channel = driver.channel(handle, context);
  return { handle, channel, events: httpProtocolDriver.start(channel, handle, context) };
}

export async function collect<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Real commands need a context whose sleeps let the fake's time pass. */
export const clockOf = (clock: ManualClock): DriverContext['clock'] => ({
  now: () => clock.now(),
  sleep: async (ms, signal) => {
    if (ms > LONGEST_PAUSE_MS) return untilAborted(ms, signal);
    clock.advance(ms);
  },
});

/** Longer sleeps are deadlines: nobody lets them pass. */
const LONGEST_PAUSE_MS = 10_000;

/** Provisions, as the host does it: what is told of the handle is kept. */
export async function provision(
  driver: AgentcoreDriver,
  handle: Handle,
  context: DriverContext,
): Promise<{ handle: Handle; events: DriverEvent[] }> {
  const events = await collect(driver.provision(handle, context));
  return { handle: events.reduce((known, event) => (event.type === 'handle' ? event.handle : known), handle), events };
}
