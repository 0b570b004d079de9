import { afterEach, describe, expect, it } from '@jest/globals';
import { CreateAgentRuntimeEndpointCommand } from '@aws-sdk/client-bedrock-agentcore-control';
import type { CleanupProof, DriverContext, Handle } from '@agent-dispatch/core/provider';
import { FAKE_CREDENTIALS } from '@agent-dispatch/test/fakes/agentcore/index.js';
import { controlClient } from '@agent-dispatch/test/fakes/agentcore/sdk-clients.js';
import { type MadeRuntimes, startMadeRuntimes } from '../../testdata/made-runtimes.js';
import { collect, FAKE_KEY, profileAt } from '../../testdata/provider-at-fake.js';

let at: MadeRuntimes;
afterEach(() => at.close());

const remove = ({ handle, context }: { handle: Handle; context: DriverContext }): Promise<CleanupProof[]> =>
  at.provider.driver.cleanup(handle.resources, handle, context);
const proofsOf = (proofs: readonly CleanupProof[]): string[] => proofs.map(({ proof }) => proof);
const made = () => at.fake.runtimes.made();
const speak = async ({ handle, context }: { handle: Handle; context: DriverContext }): Promise<void> => {
  const channel = at.provider.driver.channel(handle, context);
  await (await channel.fetch('/invocations', { method: 'POST', body: '{}', signal: context.signal })).text();
};

/** The handle as it was stored before the create: whether one is under way is not known. */
async function intended(context: DriverContext): Promise<Handle> {
  for await (const event of at.provider.driver.provision(at.plan(context), context)) {
    if (event.type === 'handle') return event.handle;
  }
  throw new Error('no handle was told');
}

describe('removal', () => {
  it('stops the session, removes custom endpoints, then the runtime, and has proof when that is not found', async () => {
    at = await startMadeRuntimes({ durations: { deleteMs: 3000 } });
    const attempt = await at.ready();
    await speak(attempt);
    const agentRuntimeId = made()[0]?.id;
    await controlClient(at.fake).send(new CreateAgentRuntimeEndpointCommand({ agentRuntimeId, name: 'prod' }));
    const before = at.operations().length;
    expect(proofsOf(await remove(attempt))).toEqual(['verified', 'verified']);
    const changes = at
      .operations()
      .slice(before)
      .filter((name) => /^(Stop|Delete)/.test(name));
    expect(changes).toEqual(['StopRuntimeSession', 'DeleteAgentRuntimeEndpoint', 'DeleteAgentRuntime']);
    expect(at.fake.log.requests().at(-1)).toMatchObject({ operation: 'GetAgentRuntime', status: 404 });
    expect(made()).toEqual([]);
    expect(at.fake.sessions()).toMatchObject([{ state: 'stopped' }]);
  });

  it.each(['AccessDeniedException', 'ConflictException', 'ValidationException'])(
    'ends the session also where its stop is answered with %s',
    async (type) => {
      at = await startMadeRuntimes();
      const attempt = await at.ready();
      await speak(attempt);
      at.fake.faults.inject({ operation: 'StopRuntimeSession', fault: { kind: 'error', type }, times: 10 });
      expect(proofsOf(await remove(attempt))).toEqual(['verified', 'verified']);
      expect(made()).toEqual([]);
      expect(at.fake.sessions()).toMatchObject([{ state: 'expired' }]);
    },
  );

  it('that goes on has no proof for a session whose stop failed', async () => {
    at = await startMadeRuntimes({ durations: { deleteMs: 3_600_000 } });
    const attempt = await at.ready();
    await speak(attempt);
    const fault = { kind: 'error', type: 'AccessDeniedException' } as const;
    at.fake.faults.inject({ operation: 'StopRuntimeSession', fault, times: 10 });
    expect(await remove(attempt)).toEqual([]);
    expect(made()).toMatchObject([{ status: 'DELETING' }]);
  });

  it('of what was removed already, from another process, is success', async () => {
    at = await startMadeRuntimes();
    const attempt = await at.ready();
    await remove(attempt);
    expect(proofsOf(await remove(attempt))).toEqual(['verified', 'verified']);
  });

  it('of what could not be made is a removal all the same', async () => {
    at = await startMadeRuntimes();
    at.fake.lifecycles.failNext({ step: 'create' });
    const context = at.context();
    const events: Handle[] = [];
    await expect(
      (async () => {
        for await (const event of at.provider.driver.provision(at.plan(context), context)) {
          if (event.type === 'handle') events.push(event.handle);
        }
      })(),
    ).rejects.toMatchObject({ code: 'AD_PROVIDER_AGENT_FAILED' });
    const handle = events.at(-1) ?? at.plan(context);
    expect(proofsOf(await remove({ handle, context }))).toEqual(['verified', 'verified']);
    expect(made()).toEqual([]);
  });

  it('waits while the runtime is CREATING', async () => {
    at = await startMadeRuntimes({ durations: { createMs: 30_000 } });
    const context = at.context();
    await collect(stopAt(at.provider.driver.provision(at.plan(context), context), 3));
    const handle = at.plan(context);
    expect(made()).toMatchObject([{ status: 'CREATING' }]);
    expect(proofsOf(await remove({ handle, context }))).toEqual(['verified', 'verified']);
    expect(made()).toEqual([]);
  });

  it('that fails is asked for again, under another token', async () => {
    at = await startMadeRuntimes();
    const attempt = await at.ready();
    at.fake.lifecycles.failNext({ step: 'delete', times: 2 });
    expect(proofsOf(await remove(attempt))).toEqual(['verified', 'verified']);
    expect(at.fake.log.requests({ operation: 'DeleteAgentRuntime' }).every(({ replayed }) => !replayed)).toBe(true);
  });

  it('that fails again and again is told, with the reason', async () => {
    at = await startMadeRuntimes();
    const attempt = await at.ready();
    at.fake.lifecycles.failNext({ step: 'delete', reason: 'an interface is in use', times: 100 });
    await expect(remove(attempt)).rejects.toMatchObject({
      code: 'AD_PROVIDER_CONFLICT',
      message: expect.stringContaining('an interface is in use'),
    });
    expect(made()).toHaveLength(1);
  });

  it('finds by its name what an answer that was lost has made', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const handle = await intended(context);
    await at.ready();
    expect(proofsOf(await remove({ handle, context }))).toEqual(['verified', 'verified']);
    expect(made()).toEqual([]);
  });

  it('finds nothing in another account, which is no proof', async () => {
    const other = { account: '999988887777', secretAccessKey: 'other-not-a-secret' };
    at = await startMadeRuntimes({ credentials: { ...FAKE_CREDENTIALS, OTHERKEY: other } });
    const { account } = FAKE_CREDENTIALS[FAKE_KEY];
    const expecting = { account: profileAt(at.fake, { expectedAccountId: account }) };
    const { handle } = await at.ready(expecting);
    const environment = { AWS_ACCESS_KEY_ID: 'OTHERKEY', AWS_SECRET_ACCESS_KEY: other.secretAccessKey };
    const context = at.context({ ...expecting, environment });
    const wrong = { code: 'AD_PROVIDER_UNAUTHENTICATED', message: expect.stringContaining(other.account) };
    const { driver } = at.provider;
    await expect(remove({ handle, context })).rejects.toMatchObject(wrong);
    await expect(driver.cancel(handle, context)).rejects.toMatchObject(wrong);
    await expect(collect(driver.sweep(context))).rejects.toMatchObject(wrong);
    expect(made()).toHaveLength(1);
  });

  it.each<[string, (context: DriverContext) => Promise<Handle>]>([
    ['is known', async (context) => (await at.ready(context)).handle],
    ['was lost with the answer', (context) => intended(context)],
  ])('finds nothing in an account that a profile leads to only now, where its address %s', async (_name, planned) => {
    const other = { account: '999988887777', secretAccessKey: 'other-not-a-secret' };
    at = await startMadeRuntimes({ credentials: { ...FAKE_CREDENTIALS, OTHERKEY: other } });
    const handle = await planned(at.context());
    await at.ready();
    const environment = { AWS_ACCESS_KEY_ID: 'OTHERKEY', AWS_SECRET_ACCESS_KEY: other.secretAccessKey };
    const context = at.context({ environment });
    at.clock.advance(60_000);
    const wrong = {
      code: 'AD_PROVIDER_UNAUTHENTICATED',
      message: expect.stringContaining(`reach AWS account ${other.account}`),
      hint: expect.stringContaining(FAKE_CREDENTIALS[FAKE_KEY].account),
    };
    const { driver } = at.provider;
    await expect(remove({ handle, context })).rejects.toMatchObject(wrong);
    await expect(driver.cancel(handle, context)).rejects.toMatchObject(wrong);
    await expect(collect(driver.provision(handle, context))).rejects.toMatchObject(wrong);
    expect(made()).toHaveLength(1);
  });

  it('has no proof while something of its name is there without its tags', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const handle = await intended(context);
    await at.ready();
    const tags = new Map(made()[0]?.tags);
    made()[0]?.tags.clear();
    at.clock.advance(60_000);
    await expect(remove({ handle, context })).rejects.toMatchObject({
      code: 'AD_PROVIDER_CONFLICT',
      message: expect.stringContaining(made()[0]?.arn ?? ''),
    });
    await expect(at.provider.driver.cancel(handle, context)).resolves.toBe('stopped');
    expect(made()).toMatchObject([{ status: 'READY' }]);
    for (const [key, value] of tags) made()[0]?.tags.set(key, value);
    expect(proofsOf(await remove({ handle, context }))).toEqual(['verified', 'verified']);
  });

  it('has no proof as long as a create may still land', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const handle = await intended(context);
    const runtimeId = handle.resources[1]?.id;
    expect((await remove({ handle, context })).map(({ id }) => id)).not.toContain(runtimeId);
    at.clock.advance(30_000);
    expect((await remove({ handle, context })).map(({ id }) => id)).toContain(runtimeId);
  });

  it('has no proof where a create could land after the list was read', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const handle = await intended(context);
    at.clock.advance(29_999);
    const lists = () => at.fake.log.requests({ operation: 'ListAgentRuntimes' });
    const before = lists().length;
    const now = (): number => at.clock.now() + (lists().length > before ? 1000 : 0);
    const slow = { ...context, clock: { ...context.clock, now } };
    expect((await remove({ handle, context: slow })).map(({ id }) => id)).not.toContain(handle.resources[1]?.id);
  });

  it('has no proof soon after the last create, however long ago the first was', async () => {
    at = await startMadeRuntimes();
    const stored = await intended(at.context());
    at.fake.faults.inject({ operation: 'CreateAgentRuntime', fault: { kind: 'html' }, times: 100 });
    const context = at.context({ pace: async () => at.clock.advance(60_000), deadline: at.clock.now() + 3_600_000 });
    const told: Handle[] = [];
    const provisioning = async (): Promise<void> => {
      for await (const event of at.provider.driver.provision(stored, context)) {
        if (event.type === 'handle') told.push(event.handle);
      }
    };
    await expect(provisioning()).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
    expect(told).toHaveLength(at.fake.log.requests({ operation: 'CreateAgentRuntime' }).length);
    const last = { handle: told.at(-1) ?? stored, context: at.context() };
    expect(proofsOf(await remove(last))).toHaveLength(1);
    at.clock.advance(30_000);
    expect(proofsOf(await remove(last))).toEqual(['verified', 'verified']);
  });

  it('of an attempt that was only planned has its proof at once', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    expect(proofsOf(await remove({ handle: at.plan(context), context }))).toEqual(['verified', 'verified']);
  });
});

/** As a process does that dies after so many events. */
async function* stopAt<Event>(events: AsyncIterable<Event>, count: number): AsyncGenerator<Event> {
  let taken = 0;
  for await (const event of events) {
    yield event;
    if ((taken += 1) === count) return;
  }
}
