import { afterEach, describe, expect, it } from '@jest/globals';
import type { DriverEvent, Handle } from '@agent-dispatch/core/provider';
import { type FailureOrder, type Fault, FAKE_CREDENTIALS } from '@agent-dispatch/test/fakes/agentcore/index.js';
import { IMAGE, type MadeRuntimes, PINNED, ROLE, startMadeRuntimes } from '../../testdata/made-runtimes.js';
import { collect, FAKE_KEY, provision, startAttempt } from '../../testdata/provider-at-fake.js';

let at: MadeRuntimes;
afterEach(() => at.close());

const MODEL_KEY = { MODEL_KEY: { source: 'environment', name: 'MODEL_KEY' } } as const;

const made = () => at.fake.runtimes.made();
const progressOf = (events: readonly DriverEvent[]) =>
  events.flatMap((event) => (event.type === 'progress' ? [event.message] : []));

describe('an agent runtime made for a task', () => {
  it('has the name, tags, lifetimes and settings that were planned, and nothing of this machine', async () => {
    at = await startMadeRuntimes();
    const { handle } = await at.ready({
      details: { environment: { MODE: 'quick' }, sessionStorage: '/mnt/data' },
      request: { input: { instruction: 'x', environment: { DEPTH: '2' } }, secrets: MODEL_KEY },
      secrets: { MODEL_KEY: 'sk' },
    });
    const [runtime, ...others] = made();
    expect(others).toEqual([]);
    expect(handle.resources.map(({ id }) => id)).toContain(runtime?.name);
    expect(Object.fromEntries(runtime?.tags ?? [])).toEqual({
      'agentdispatch:installation': 'inst-1',
      'agentdispatch:task': 'task_01',
      'agentdispatch:attempt': '1',
      'agentdispatch:expires': '2026-01-01T00:10:00.000Z',
    });
    expect(runtime).toMatchObject({
      image: IMAGE,
      environment: { MODE: 'quick', DEPTH: '2', MODEL_KEY: 'sk' },
      idleSeconds: 660,
      maxLifetimeSeconds: 660,
      shown: {
        roleArn: ROLE,
        networkConfiguration: { networkMode: 'PUBLIC' },
        filesystemConfigurations: [{ sessionStorage: { mountPath: '/mnt/data' } }],
      },
    });
  });

  it('for the worker has none of the variables and secrets of the task, which the worker is told itself', async () => {
    at = await startMadeRuntimes();
    await at.ready({
      details: { environment: { MODE: 'quick' }, worker: true },
      request: { input: { instruction: 'x', environment: { DEPTH: '2' } }, secrets: MODEL_KEY },
      secrets: { MODEL_KEY: 'sk' },
    });
    expect(made()).toMatchObject([{ environment: { MODE: 'quick' } }]);
  });

  it('lets through what its protocol and the target say in headers, and is of the platform that is asked for', async () => {
    at = await startMadeRuntimes();
    const base = at.context();
    const target = { ...base.request.target, protocol: 'a2a' as const };
    const details = { ...target.details, headers: { 'X-Tenant': 'acme' }, platformVersion: 'V2' };
    await at.ready({ request: { target: { ...target, details } } });
    expect(made()).toMatchObject([
      {
        protocol: 'A2A',
        shown: {
          platformVersion: 'V2',
          requestHeaderConfiguration: { requestHeaderAllowlist: ['A2A-Extensions', 'A2A-Version', 'X-Tenant'] },
        },
      },
    ]);
  });

  it('can be in a private network', async () => {
    at = await startMadeRuntimes();
    const network = { subnets: ['subnet-0123456789abcdef0'], securityGroups: ['sg-0123456789abcdef0'] };
    await at.ready({ details: { networkMode: 'VPC', ...network } });
    expect(made()[0]?.shown).toMatchObject({
      networkConfiguration: { networkMode: 'VPC', networkModeConfig: network },
    });
  });

  it('is waited for until it and its endpoint are READY, and then speaks', async () => {
    at = await startMadeRuntimes({ durations: { createMs: 20_000, endpointMs: 4000 } });
    const context = at.context();
    const { handle, events } = await provision(at.provider.driver, at.plan(context), context);
    expect(progressOf(events).map((message) => /is (\w+)\.$/.exec(message ?? '')?.[1])).toEqual([
      'reached',
      'CREATING',
      'READY',
      'CREATING',
      'READY',
    ]);
    const channel = at.provider.driver.channel(handle, context);
    const answer = await channel.fetch('/invocations', { method: 'POST', body: '{}', signal: context.signal });
    expect(await answer.json()).toEqual({});
  });

  it('is found a little later where the service has not heard of it everywhere', async () => {
    at = await startMadeRuntimes();
    const unknown = { kind: 'error', type: 'ResourceNotFoundException' } as const;
    at.fake.faults.inject({ operation: 'GetAgentRuntime', fault: unknown, times: 2 });
    const { handle, context } = await at.ready();
    at.fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: unknown, times: 2 });
    const channel = at.provider.driver.channel(handle, context);
    const answer = await channel.fetch('/invocations', { method: 'POST', body: '{}', signal: context.signal });
    expect(answer.status).toBe(200);
    expect(at.fake.log.executions()).toHaveLength(1);
  });

  it('tells where it is once that is known', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const planned = at.plan(context);
    expect(at.provider.driver.handoff(planned, context)).toBeUndefined();
    const { events } = await provision(at.provider.driver, planned, context);
    const url: unknown = expect.stringContaining(encodeURIComponent(made()[0]?.arn ?? ''));
    expect(events.at(-1)).toMatchObject({ type: 'handoff', handoff: { protocol: 'http', url } });
  });

  it('cannot be spoken to before it is made', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const { events } = startAttempt(at.provider.driver, context);
    await expect(collect(events)).rejects.toMatchObject({ code: 'AD_PROVIDER_NOT_FOUND' });
    expect(at.fake.log.requests()).toEqual([]);
  });
});

describe('a create that is repeated', () => {
  it('after an answer was lost makes nothing more', async () => {
    at = await startMadeRuntimes();
    at.fake.faults.inject({ operation: 'CreateAgentRuntime', fault: { kind: 'lost-response' } });
    const context = at.context();
    const { events } = await provision(at.provider.driver, at.plan(context), context);
    expect(made()).toHaveLength(1);
    // Before each create, and when the runtime is known.
    expect(events.filter(({ type }) => type === 'handle')).toHaveLength(2 + 1);
  });

  it('from any handle that was stored makes nothing more', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const planned = at.plan(context);
    const { events } = await provision(at.provider.driver, planned, context);
    const stored = events.flatMap((event): Handle[] => (event.type === 'handle' ? [event.handle] : []));
    expect(stored).toHaveLength(2);
    for (const handle of stored) await provision(at.provider.driver, handle, context);
    expect(made()).toHaveLength(1);
  });

  it('with another input adopts what bears its name and its tags', async () => {
    at = await startMadeRuntimes();
    const { handle } = await at.ready();
    const context = at.context({ details: { environment: { CHANGED: 'yes' } } });
    const again = await provision(at.provider.driver, at.plan(context), context);
    expect(again.handle.data['runtimeArn']).toBe(handle.data['runtimeArn']);
    expect(made()).toHaveLength(1);
  });

  it('waits while the service throttles', async () => {
    at = await startMadeRuntimes();
    at.fake.faults.inject({ operation: 'CreateAgentRuntime', fault: { kind: 'throttle' }, times: 4 });
    await at.ready();
    expect(made()).toHaveLength(1);
  });

  it('waits for its turn among those of other tasks', async () => {
    at = await startMadeRuntimes();
    await at.ready();
    await at.ready({ taskId: 'task_02' });
    const creates = at.fake.log.requests({ operation: 'CreateAgentRuntime' }).map((request) => request.at);
    expect((creates[1] ?? 0) - (creates[0] ?? 0)).toBeGreaterThanOrEqual(200);
  });
});

describe('an agent runtime that cannot be made', () => {
  const failure = async (asked = {}) => {
    const error: unknown = await at.ready(asked).then(undefined, (thrown: unknown) => thrown);
    return error;
  };

  it('for a failure of the service tells its reason', async () => {
    at = await startMadeRuntimes();
    at.fake.lifecycles.failNext({ step: 'create', reason: 'the image is for another platform' });
    expect(await failure()).toMatchObject({
      code: 'AD_PROVIDER_AGENT_FAILED',
      message: expect.stringContaining('CREATE_FAILED: the image is for another platform'),
    });
  });

  it('for an endpoint that fails tells its reason', async () => {
    at = await startMadeRuntimes();
    at.fake.lifecycles.failNext({ step: 'endpoint', reason: 'no capacity' });
    expect(await failure()).toMatchObject({ message: expect.stringMatching(/endpoint DEFAULT.*no capacity/) });
  });

  it('as long as IAM is too busy for the role that AgentCore makes itself is no matter of quotas, and waited for', async () => {
    at = await startMadeRuntimes();
    const message = 'Failed creating service linked role. Rate limit exceeded from IAM';
    const fault = { kind: 'error', type: 'ServiceQuotaExceededException', message } as const;
    at.fake.faults.inject({ operation: 'CreateAgentRuntime', fault, times: 2 });
    await at.ready();
    expect(made()).toHaveLength(1);
    at.fake.faults.inject({ operation: 'CreateAgentRuntime', fault, times: 100 });
    expect(await failure({ taskId: 'task_02' })).toMatchObject({ code: 'AD_PROVIDER_THROTTLED', retryable: true });
  });

  it.each(['AccessDeniedException', 'ValidationException'])(
    'for want of the permission to let AgentCore make its own role (%s) names that',
    async (type) => {
      at = await startMadeRuntimes();
      const message =
        'Failed creating service linked role. Please verify that the calling role has sufficient permissions to create a service linked role.';
      at.fake.faults.inject({ operation: 'CreateAgentRuntime', fault: { kind: 'error', type, message } });
      expect(await failure()).toMatchObject({
        code: 'AD_PROVIDER_DENIED',
        hint: expect.stringContaining('iam:CreateServiceLinkedRole'),
      });
    },
  );

  it('for a quota names it', async () => {
    at = await startMadeRuntimes({ maxRuntimes: 0 });
    expect(await failure()).toMatchObject({ code: 'AD_PROVIDER_QUOTA', hint: expect.stringContaining('gc') });
  });

  it.each<[string, Fault]>([
    ['in answer to whose create no word of the service comes', { kind: 'html' }],
    ['whose create breaks off', { kind: 'lost-response' }],
    ['that is said to exist, and is in no list', { kind: 'error', type: 'ConflictException' }],
  ])('%s may still come to be', async (_title, fault) => {
    at = await startMadeRuntimes();
    at.fake.faults.inject({ operation: 'CreateAgentRuntime', fault, times: 100 });
    at.fake.faults.inject({ operation: 'ListAgentRuntimes', fault: { kind: 'throttle' }, times: 2 });
    expect(await failure()).toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE', details: { ambiguous: true } });
  });

  it('because the service cannot be reached was never asked for', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    await at.fake.close();
    const error: unknown = await collect(at.provider.driver.provision(at.plan(context), context)).then(
      undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
    expect(error).not.toHaveProperty('details.ambiguous');
  });

  it('for a permission names that of the role too', async () => {
    const denied = ['CreateAgentRuntime'];
    at = await startMadeRuntimes({ credentials: { [FAKE_KEY]: { ...FAKE_CREDENTIALS[FAKE_KEY], denied } } });
    expect(await failure()).toMatchObject({
      code: 'AD_PROVIDER_DENIED',
      hint: expect.stringContaining(`iam:PassRole on ${ROLE}`),
    });
  });

  it('because its name is another owner’s leaves that one alone', async () => {
    at = await startMadeRuntimes();
    const context = at.context();
    const planned = at.plan(context);
    const [, { id: name } = { id: '' }] = planned.resources;
    at.fake.runtimes.seed({ name, tags: { owner: 'somebody' } });
    expect(await failure()).toMatchObject({
      code: 'AD_PROVIDER_CONFLICT',
      message: expect.stringContaining('not ours'),
    });
    await at.provider.driver.cleanup(planned.resources, planned, context);
    expect(at.fake.runtimes.get(name).status).toBe('READY');
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a private network without places', { networkMode: 'VPC' }, {}],
    ['places without a private network', { subnets: ['subnet-0123456789abcdef0'] }, {}],
    ['a shared image without a digest', { shared: true }, {}],
    [
      'secrets of one task on a shared one',
      { shared: true, image: PINNED },
      { secrets: { KEY: { source: 'environment', name: 'KEY' } } },
    ],
    [
      'too many variables',
      {},
      {
        input: {
          instruction: 'x',
          environment: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`V${index}`, ''])),
        },
      },
    ],
  ])('for %s is refused before anything is sent', async (_title, details, request) => {
    at = await startMadeRuntimes();
    expect(await failure({ details, request })).toMatchObject({ code: 'AD_PROVIDER_TARGET_INVALID' });
    expect(at.fake.log.requests()).toEqual([]);
  });
});

describe('a shared agent runtime', () => {
  const shared = { image: PINNED, shared: true };

  it('is one for all tasks that want the same, each in a session of its own', async () => {
    at = await startMadeRuntimes();
    const one = await at.ready({ details: shared });
    const two = await at.ready({ details: shared, taskId: 'task_02' });
    expect(two.handle.data['runtimeArn']).toBe(one.handle.data['runtimeArn']);
    expect(two.handle.data['sessionId']).not.toBe(one.handle.data['sessionId']);
    expect(made()).toHaveLength(1);
    const [session, runtime] = one.handle.resources;
    expect(session).toMatchObject({ scope: 'attempt' });
    expect(runtime).toEqual({
      id: made()[0]?.name,
      kind: 'agentcore-runtime',
      scope: `shared:${made()[0]?.name ?? ''}`,
      keepSeconds: 900,
    });
    expect(two.handle.resources[1]).toEqual(runtime);
  });

  it('is made again, under another token, when it was removed', async () => {
    at = await startMadeRuntimes();
    const one = await at.ready({ details: shared });
    const { handle, context } = one;
    expect(await at.provider.driver.cleanup(handle.resources, handle, context)).toMatchObject([
      { proof: 'verified' },
      { proof: 'verified' },
    ]);
    const two = await at.ready({ details: shared, taskId: 'task_02' });
    expect(two.handle.data['runtimeArn']).not.toBe(handle.data['runtimeArn']);
    expect(made()).toHaveLength(1);
  });

  it.each<[string, FailureOrder['step'], string]>([
    ['cannot be made', 'create', 'AD_PROVIDER_AGENT_FAILED'],
    ['has an endpoint that cannot be made', 'endpoint', 'AD_PROVIDER_AGENT_FAILED'],
    ['could not be deleted', 'delete', 'AD_PROVIDER_CONFLICT'],
  ])('that %s is kept for nobody', async (_title, step, code) => {
    at = await startMadeRuntimes();
    if (step === 'delete') {
      const { handle, context } = await at.ready({ details: shared });
      at.fake.lifecycles.failNext({ step, times: 4 });
      await expect(at.provider.driver.cleanup(handle.resources, handle, context)).rejects.toMatchObject({ code });
    } else at.fake.lifecycles.failNext({ step });
    const context = at.context({ details: shared, taskId: 'task_02' });
    const told: Handle[] = [];
    const provisioning = async (): Promise<void> => {
      for await (const event of at.provider.driver.provision(at.plan(context), context)) {
        if (event.type === 'handle') told.push(event.handle);
      }
    };
    await expect(provisioning()).rejects.toMatchObject({ code });
    const name = made()[0]?.name;
    expect(told.at(-1)?.resources[1]).toEqual({ id: name, kind: 'agentcore-runtime', scope: `shared:${name ?? ''}` });
    expect(told.at(-1)?.data).toEqual(told.at(-2)?.data);
  });

  it('that is just being deleted is told as such', async () => {
    at = await startMadeRuntimes({ durations: { deleteMs: 3_600_000 } });
    const { handle, context } = await at.ready({ details: shared });
    await at.provider.driver.cleanup(handle.resources, handle, context);
    await expect(at.ready({ details: shared, taskId: 'task_02' })).rejects.toMatchObject({
      code: 'AD_PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('is being deleted'),
    });
  });

  it.each([
    ['other settings', { ...shared, idleSeconds: 60 }, 'dev'],
    ['another account profile', shared, 'other'],
  ])('is another one for %s', async (_title, details, name) => {
    at = await startMadeRuntimes();
    const one = at.plan(at.context({ details: shared }));
    const context = at.context({ details });
    const other = at.plan({ ...context, account: { ...context.account, name } });
    expect(other.resources[1]?.id).not.toBe(one.resources[1]?.id);
  });
});
