// A machine whose clock is wrong by more than a signature bears, as after the sleep of a virtual machine.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DriverContext } from '@agent-dispatch/core/provider';
import {
  failingAgent,
  type FakeAgentCore,
  jsonAgent,
  scriptedCommand,
  startFakeAgentCore,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import {
  collect,
  contextFor,
  FAKE_ENVIRONMENT,
  type LoadedProvider,
  loadProvider,
  profileAt,
  startAttempt,
} from '../testdata/provider-at-fake.js';
import { IMAGE, ROLE } from '../testdata/made-runtimes.js';

const HOUR_MS = 3_600_000;

let provider: LoadedProvider;
let fake: FakeAgentCore;

beforeEach(async () => {
  provider = await loadProvider();
});
afterEach(async () => {
  await provider.close();
  await fake.close();
});

async function start(aheadMs: number): Promise<void> {
  const agent = { ...jsonAgent(() => 'done'), command: scriptedCommand([{ exitCode: 0 }]) };
  fake = await startFakeAgentCore({
    agents: { brief: agent, failing: failingAgent() },
    images: { [IMAGE]: agent },
    aheadMs,
  });
}

const on = (name: string, more: Partial<DriverContext> = {}): DriverContext =>
  contextFor({ account: profileAt(fake), details: { runtimeArn: fake.arn(name) }, ...more });

const operations = () => fake.log.requests().map(({ operation, status }) => [operation, status]);

describe.each([HOUR_MS, -HOUR_MS])('with the service %i ms ahead', (aheadMs) => {
  it('an invocation is signed for the right time after its first refusal, and runs once', async () => {
    await start(aheadMs);
    const { events } = startAttempt(provider.driver, on('brief'));
    expect((await collect(events)).at(-1)).toMatchObject({ outcome: 'succeeded' });
    expect(operations()).toEqual([
      ['InvokeAgentRuntime', 403],
      ['InvokeAgentRuntime', 200],
    ]);
    expect(fake.sessions()).toMatchObject([{ executions: 1 }]);
  });

  it('an agent that fails is not asked again', async () => {
    await start(aheadMs);
    await collect(startAttempt(provider.driver, on('failing')).events).catch(() => undefined);
    expect(fake.sessions()).toMatchObject([{ executions: 1 }]);
  });

  it('a command runs once', async () => {
    await start(aheadMs);
    const { request } = on('brief');
    const context = on('brief', { request: { ...request, taskType: 'command.run', input: { command: ['true'] } } });
    const events = await collect(provider.driver.start(provider.driver.plan(context.request, context), context));
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
    expect(fake.sessions()).toMatchObject([{ executions: 1 }]);
  });

  it('a check finds what there is', async () => {
    await start(aheadMs);
    const context = contextFor({ account: profileAt(fake), mode: 'runtime', details: { image: IMAGE, roleArn: ROLE } });
    const findings = await provider.driver.check(context.request, context);
    expect(findings.filter(({ status }) => status !== 'pass')).toEqual([]);
  });

  it('an agent runtime is made once', async () => {
    await start(aheadMs);
    const context = contextFor({ account: profileAt(fake), mode: 'runtime', details: { image: IMAGE, roleArn: ROLE } });
    const events = await collect(provider.driver.provision(provider.driver.plan(context.request, context), context));
    expect(events.filter(({ type }) => type === 'handle')).toHaveLength(2);
    expect(fake.runtimes.made()).toHaveLength(1);
  });
});

it('a wrong secret is told as one, without another try', async () => {
  await start(0);
  const environment = { ...FAKE_ENVIRONMENT, AWS_SECRET_ACCESS_KEY: 'wrong' };
  await expect(collect(startAttempt(provider.driver, on('brief', { environment })).events)).rejects.toMatchObject({
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    hint: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
  });
  expect(operations()).toHaveLength(1);
});
