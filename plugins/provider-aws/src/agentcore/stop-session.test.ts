import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import {
  endlessAgent,
  type FakeAgentCore,
  jsonAgent,
  silentAgent,
  startFakeAgentCore,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import {
  collect,
  contextFor,
  type LoadedProvider,
  loadProvider,
  profileAt,
  startAttempt,
} from '../testdata/provider-at-fake.js';

let provider: LoadedProvider;
let fake: FakeAgentCore;

beforeEach(async () => {
  provider = await loadProvider();
  fake = await startFakeAgentCore({
    agents: { endless: endlessAgent(['hello']), silent: silentAgent(), brief: jsonAgent(() => 'done') },
  });
});
afterEach(async () => {
  await provider.close();
  await fake.close();
});

interface Attempt {
  readonly context: DriverContext;
  readonly handle: Handle;
  readonly abort: () => void;
  readonly followed: Promise<unknown>;
}

function startOn(name: string): Attempt {
  const controller = new AbortController();
  const details = { runtimeArn: fake.arn(name) };
  const context = contextFor({ account: profileAt(fake), details, signal: controller.signal });
  const { handle, events } = startAttempt(provider.driver, context);
  return {
    context: contextFor({ account: profileAt(fake), details }),
    handle,
    abort: () => controller.abort(),
    followed: collect(events),
  };
}

const stops = () => fake.log.requests({ operation: 'StopRuntimeSession' });
const cancel = ({ handle, context }: Attempt) => provider.driver.cancel(handle, context);
const cleanup = ({ handle, context }: Attempt) => provider.driver.cleanup(handle.resources, handle, context);

it('cancel stops a running session and sees that it is gone', async () => {
  const attempt = startOn('endless');
  await fake.when(() => fake.sessions()[0]?.active === 1);
  attempt.abort();
  await attempt.followed;
  await expect(cancel(attempt)).resolves.toBe('stopped');
  expect(fake.sessions()).toMatchObject([{ state: 'stopped', stops: 1, sessionId: attempt.handle.data['sessionId'] }]);
});

it('cancel before anything was sent finds nothing to stop', async () => {
  const details = { runtimeArn: fake.arn('brief') };
  const context = contextFor({ account: profileAt(fake), details });
  await expect(provider.driver.cancel(provider.driver.plan(context.request, context), context)).resolves.toBe(
    'stopped',
  );
  expect(fake.sessions()).toEqual([]);
});

it('a second cancel and a cleanup after it do no harm', async () => {
  const attempt = startOn('brief');
  await attempt.followed;
  await expect(cancel(attempt)).resolves.toBe('stopped');
  await expect(cancel(attempt)).resolves.toBe('stopped');
  await expect(cleanup(attempt)).resolves.toMatchObject([{ proof: 'verified' }]);
  expect(fake.sessions()).toMatchObject([{ state: 'stopped', stops: 1 }]);
});

it('a request that lands after its stop is stopped by the next cancel', async () => {
  fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'late', afterStop: true } });
  const attempt = startOn('silent');
  await fake.when(() => fake.log.requests({ operation: 'InvokeAgentRuntime' }).length === 1);
  attempt.abort();
  expect(await attempt.followed).toMatchObject([{ type: 'unknown' }]);
  await cancel(attempt);
  await fake.when(() => fake.sessions()[0]?.state === 'alive');
  await expect(cancel(attempt)).resolves.toBe('stopped');
  expect(fake.sessions()).toMatchObject([{ state: 'stopped', executions: 1 }]);
});

it('a session that comes back to life after its stop is stopped again, not answered from memory', async () => {
  const attempt = startOn('brief');
  await attempt.followed;
  await cancel(attempt);
  const channel = provider.driver.channel(attempt.handle, attempt.context);
  const late = { method: 'POST', body: '{}', signal: attempt.context.signal } as const;
  await (await channel.fetch('/invocations', late)).text();
  expect(fake.sessions()).toMatchObject([{ state: 'alive' }]);
  await expect(cancel(attempt)).resolves.toBe('stopped');
  expect(fake.sessions()).toMatchObject([{ state: 'stopped', stops: 2 }]);
  expect(stops().filter(({ replayed }) => replayed)).toEqual([]);
});

it('cleanup ends the session of finished work and proves it', async () => {
  const attempt = startOn('brief');
  await attempt.followed;
  const [session] = attempt.handle.resources;
  await expect(cleanup(attempt)).resolves.toEqual([
    { id: session?.id, proof: 'verified', expiresAt: session?.expiresAt },
  ]);
  expect(fake.sessions()).toMatchObject([{ state: 'stopped' }]);
});

it('an end that cannot be confirmed is told as unverifiable, with the time at which the service ends the session', async () => {
  const attempt = startOn('brief');
  await attempt.followed;
  const notYet = { kind: 'error', type: 'AccessDeniedException' } as const;
  const refuseSecond = fake
    .when(() => stops()[0]?.outcome === 'answered')
    .then(() => {
      fake.faults.inject({ operation: 'StopRuntimeSession', fault: notYet });
    });
  await expect(cleanup(attempt)).resolves.toMatchObject([{ proof: 'unverifiable', expiresAt: expect.any(Number) }]);
  await refuseSecond;
});

it.each(['RetryableConflictException', 'ThrottlingException', 'InternalServerException'])(
  'a stop answered with %s is tried again',
  async (type) => {
    const attempt = startOn('brief');
    await attempt.followed;
    fake.faults.inject({ operation: 'StopRuntimeSession', fault: { kind: 'error', type } });
    await expect(cancel(attempt)).resolves.toBe('stopped');
    expect(fake.sessions()).toMatchObject([{ state: 'stopped', stops: 1 }]);
  },
);

it('a conflict that lasts is an error which the host tries again', async () => {
  const attempt = startOn('brief');
  await attempt.followed;
  fake.faults.inject({ operation: 'StopRuntimeSession', fault: { kind: 'error', type: 'ConflictException' } });
  await expect(cancel(attempt)).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE', retryable: true });
});

it("a proxy's 404 is no proof that the session is gone", async () => {
  const attempt = startOn('brief');
  await attempt.followed;
  fake.faults.inject({ operation: 'StopRuntimeSession', fault: { kind: 'html', status: 404 } });
  await expect(cleanup(attempt)).rejects.toMatchObject({ code: 'AD_PROVIDER_NOT_FOUND' });
  expect(fake.sessions()).toMatchObject([{ state: 'alive' }]);
});

it('a stop does not wait behind running work, however much there is', async () => {
  const details = { runtimeArn: fake.arn('endless') };
  const abort = new AbortController();
  const running = Array.from({ length: 60 }, (_, index) => {
    const context = contextFor({ account: profileAt(fake), details, attempt: index + 1, signal: abort.signal });
    return collect(startAttempt(provider.driver, context).events);
  });
  await fake.when(() => fake.log.executions().length === 60);
  await expect(cancel(startOn('brief'))).resolves.toBe('stopped');
  abort.abort();
  await Promise.all(running);
});
