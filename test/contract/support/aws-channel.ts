// Sessions on agent runtimes of the fake, and the AWS provider's own channels to them, as a host would open them.
import { setTimeout as delay } from 'node:timers/promises';
import type {
  Channel,
  ChannelDriver,
  DispatchRequest,
  DriverContext,
  DriverWithHandoff,
  ErrorFactory,
  Handle,
} from '@agent-dispatch/core/provider';
import { DispatchError, isErrorCode } from '@agent-dispatch/core/errors';
import plugin from '@agent-dispatch/provider-aws';
import { FAKE_CREDENTIALS, type FakeAgentCore } from '../../fakes/agentcore/index.js';

const KEY = 'FAKEACCESSKEY1';
const ERRORS: ErrorFactory = {
  create: (code, message, more) => new DispatchError(isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL', message, more),
};
const AN_HOUR_MS = 3_600_000;

export type Spoken = 'http' | 'a2a' | 'mcp' | 'ag-ui';

export interface Session {
  readonly driver: ChannelDriver & DriverWithHandoff;
  readonly handle: Handle;
  readonly context: DriverContext;
  readonly close: () => Promise<void>;
}

/** A planned session, as a host has it. @param secrets of the task. */
export async function openSession(
  fake: FakeAgentCore,
  protocol: Spoken,
  { details, secrets = {} }: { details: Record<string, unknown>; secrets?: Record<string, string> },
): Promise<Session> {
  const provider = await plugin.create({ resolve: () => ERRORS });
  const driver = provider.drivers['agentcore'] as ChannelDriver & DriverWithHandoff;
  const url = fake.regionUrl('us-west-2');
  const references = Object.keys(secrets).map((name) => [name, { source: 'environment', name }]);
  const context: DriverContext = {
    installationId: 'installation',
    taskId: 'task_of_a_test',
    attempt: 1,
    ...(details['worker'] === true && { agent: 'worker' as const }),
    account: {
      name: 'dev',
      provider: 'aws',
      settings: {
        region: 'us-west-2',
        endpoints: { data: url, control: url, sts: url },
        credentials: { source: 'environment' },
      },
    },
    deadline: Date.now() + AN_HOUR_MS,
    directory: '/nonexistent',
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'dev',
      target: { mode: 'session', protocol, details },
      input: { instruction: 'work' },
      secrets: Object.fromEntries(references) as DispatchRequest['secrets'],
      limits: {},
      retry: {},
    },
    signal: new AbortController().signal,
    clock: { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text },
    environment: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS[KEY].secretAccessKey },
    secrets,
    pace: async () => undefined,
  };
  return { driver, context, handle: driver.plan(context.request, context), close: async () => provider.close?.() };
}

/** To a session of the runtime `researcher`. @param isWorker whether the agent there is ours. */
export async function channelTo(
  fake: FakeAgentCore,
  protocol: Spoken,
  isWorker: boolean,
): Promise<{ channel: Channel; close: () => Promise<void> }> {
  const details = { runtimeArn: fake.arn('researcher'), worker: isWorker };
  const { driver, handle, context, close } = await openSession(fake, protocol, { details });
  return { channel: driver.channel(handle, context), close };
}
