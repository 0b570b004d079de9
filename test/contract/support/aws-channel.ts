// The AWS provider's own channel to an agent runtime of the fake, as a host would open it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ChannelDriver, DriverContext, ErrorFactory } from '@agent-dispatch/core/provider';
import { DispatchError, isErrorCode } from '@agent-dispatch/core/errors';
import plugin from '@agent-dispatch/provider-aws';
import { FAKE_CREDENTIALS, type FakeAgentCore } from '../../fakes/agentcore/index.js';

const KEY = 'FAKEACCESSKEY1';
const ERRORS: ErrorFactory = {
  create: (code, message, more) => new DispatchError(isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL', message, more),
};
const AN_HOUR_MS = 3_600_000;

/** To a session of the runtime `researcher`. @param isWorker whether the agent there is ours. */
export async function channelTo(
  fake: FakeAgentCore,
  protocol: 'http' | 'a2a' | 'mcp' | 'ag-ui',
  isWorker: boolean,
): Promise<{ channel: Channel; close: () => Promise<void> }> {
  const provider = await plugin.create({ resolve: () => ERRORS });
  const driver = provider.drivers['agentcore'] as ChannelDriver;
  const url = fake.regionUrl('us-west-2');
  const context: DriverContext = {
    installationId: 'installation',
    taskId: 'task_of_a_test',
    attempt: 1,
    ...(isWorker && { agent: 'worker' as const }),
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
      target: { mode: 'session', protocol, details: { runtimeArn: fake.arn('researcher'), worker: isWorker } },
      input: { instruction: 'work' },
      limits: {},
      retry: {},
    },
    signal: new AbortController().signal,
    clock: { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text },
    environment: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS[KEY].secretAccessKey },
    secrets: {},
    pace: async () => undefined,
  };
  const handle = driver.plan(context.request, context);
  return { channel: driver.channel(handle, context), close: async () => provider.close?.() };
}
