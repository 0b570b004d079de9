import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DispatchRequest, DriverContext } from '@agent-dispatch/core/provider';
import { type Fault, gatedScript, jsonAgent, startFakeAgentCore } from '@agent-dispatch/test/fakes/agentcore/index.js';
import { type Asked, IMAGE, type MadeRuntimes, ROLE, startMadeRuntimes } from '../testdata/made-runtimes.js';
import { clockOf, collect, contextFor, profileAt, startAttempt } from '../testdata/provider-at-fake.js';

const TOKEN = 'token-of-a-test';
const secrets: DispatchRequest['secrets'] = { AGENT_TOKEN: { source: 'environment', name: 'AGENT_TOKEN' } };
const agent = jsonAgent(({ environment }) => environment);

let at: MadeRuntimes;
beforeEach(async () => {
  at = await startMadeRuntimes({
    agents: { guarded: agent, open: agent },
    images: { [IMAGE]: agent },
    runtimes: [{ name: 'guarded', authorization: 'bearer' }, { name: 'open' }],
    tokens: { [TOKEN]: { account: '111122223333' } },
  });
});
afterEach(() => at.close());

/** A task with the token, in mode `session`. */
const asked = ({ details, request, ...more }: Asked = {}): DriverContext =>
  contextFor({
    account: profileAt(at.fake),
    details: { runtimeArn: at.fake.arn('guarded'), bearerToken: 'AGENT_TOKEN', ...details },
    request: { secrets, ...request },
    secrets: { AGENT_TOKEN: TOKEN },
    ...more,
  });
const run = (context: DriverContext) => collect(startAttempt(at.provider.driver, context).events);
const invokes = () => at.fake.log.requests({ operation: 'InvokeAgentRuntime' });

describe('an agent runtime that takes OAuth tokens', () => {
  it('is called with the token, which stands nowhere else', async () => {
    const context = asked();
    const { handle, events } = startAttempt(at.provider.driver, context);
    expect((await collect(events)).at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded', result: { json: {} } });
    expect(invokes()).toMatchObject([{ sessionId: handle.data['sessionId'], accessKeyId: undefined, status: 200 }]);
    expect(JSON.stringify([handle, at.provider.driver.handoff(handle, context)])).not.toContain(TOKEN);
    expect(at.provider.driver.handoff(handle, context)).toMatchObject({ auth: { scheme: 'bearer' } });
  });

  it('is heard event by event, each before the next is sent', async () => {
    const script = gatedScript([{ text: 'one' }, { result: 'done' }]);
    const fake = await startFakeAgentCore({
      agents: { guarded: script.agent },
      runtimes: [{ name: 'guarded', authorization: 'bearer' }],
      tokens: { [TOKEN]: { account: '111122223333' } },
    });
    const { events } = startAttempt(at.provider.driver, asked({ account: profileAt(fake) }));
    const iterator = events[Symbol.asyncIterator]();
    await iterator.next();
    script.release();
    expect((await iterator.next()).value).toMatchObject({ type: 'log', text: 'one' });
    script.releaseAll();
    while ((await iterator.next()).done !== true);
    await fake.close();
  });

  it.each<[string, () => DriverContext, string]>([
    ['a token that is not valid', () => asked({ secrets: { AGENT_TOKEN: 'stale' } }), 'AD_PROVIDER_UNAUTHENTICATED'],
    [
      'AWS credentials',
      () => asked({ details: { bearerToken: undefined }, request: { secrets: {} } }),
      'AD_PROVIDER_DENIED',
    ],
    [
      'a token where AWS credentials are asked for',
      () => asked({ details: { runtimeArn: at.fake.arn('open') } }),
      'AD_PROVIDER_DENIED',
    ],
  ])('refuses %s, for certain', async (_title, context, code) => {
    const error: unknown = await run(context()).then(undefined, (thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, hint: expect.stringContaining('bearerToken') });
    expect(JSON.stringify(error)).not.toContain('stale');
    expect(at.fake.log.executions()).toEqual([]);
  });

  it.each([
    ['a line break at its end', 'stale-token\n'],
    ['a character that no header takes', 'stale-tök\u20acn'],
    ['nothing in it', ''],
  ])('is not called with a token that has %s', async (_title, token) => {
    const error: unknown = await run(asked({ secrets: { AGENT_TOKEN: token } })).then(
      undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'AD_PROVIDER_UNAUTHENTICATED', hint: expect.stringContaining('AGENT_TOKEN') });
    expect(`${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain('stale');
    expect(at.fake.log.requests()).toEqual([]);
  });

  it.each<[string, Fault]>([
    ['a failure of the service', { kind: 'error', type: 'InternalServerException' }],
    ['a page of a proxy', { kind: 'html' }],
    ['a lost answer', { kind: 'lost-response' }],
    ['an answer that breaks off', { kind: 'reset', afterChunks: 0 }],
  ])('has an unknown outcome after %s, and is not called again', async (_title, fault) => {
    at.fake.faults.inject({ operation: 'InvokeAgentRuntime', fault });
    expect((await run(asked())).at(-1)).toMatchObject({ type: 'unknown' });
    expect(invokes()).toHaveLength(1);
  });

  it.each<[string, Fault, string]>([
    ['a quota', { kind: 'error', type: 'ServiceQuotaExceededException' }, 'AD_PROVIDER_QUOTA'],
    ['a container that fails', { kind: 'error', type: 'RuntimeClientError' }, 'AD_PROVIDER_AGENT_FAILED'],
    ['throttling', { kind: 'throttle' }, 'AD_PROVIDER_THROTTLED'],
  ])('has the codes of the service for %s', async (_title, fault, code) => {
    at.fake.faults.inject({ operation: 'InvokeAgentRuntime', fault });
    await expect(run(asked())).rejects.toMatchObject({ code });
  });

  it('that cannot be reached is a certain, retryable error', async () => {
    const closed = await startFakeAgentCore({ agents: { guarded: agent } });
    await closed.close();
    await expect(run(asked({ account: profileAt(closed) }))).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
  });

  it('has its sessions stopped with the token', async () => {
    const context = asked();
    const { handle, events } = startAttempt(at.provider.driver, context);
    await collect(events);
    expect(await at.provider.driver.cancel(handle, context)).toBe('stopped');
    expect(at.fake.sessions()).toMatchObject([{ state: 'stopped', stops: 1 }]);
    expect(await at.provider.driver.cleanup(handle.resources, handle, context)).toMatchObject([{ proof: 'verified' }]);
  });

  it('a stop that fails is tried again, each time under a token of its own', async () => {
    const context = asked({ clock: clockOf(at.clock) });
    const { handle, events } = startAttempt(at.provider.driver, context);
    await collect(events);
    for (const fault of [{ kind: 'throttle' }, { kind: 'html' }, { kind: 'lost-response' }] as const)
      at.fake.faults.inject({ operation: 'StopRuntimeSession', fault });
    expect(await at.provider.driver.cancel(handle, context)).toBe('stopped');
    expect(at.fake.log.requests().filter(({ replayed }) => replayed)).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['is there no longer', {}],
    ['is not taken any more', { AGENT_TOKEN: 'expired' }],
    ['is no token any more', { AGENT_TOKEN: 'two words' }],
  ])('has sessions that nobody can stop once the token %s: it says so, and when they end', async (_title, late) => {
    const { handle, events } = startAttempt(at.provider.driver, asked());
    await collect(events);
    const context = asked({ secrets: late });
    expect(await at.provider.driver.cancel(handle, context)).toBe('unsupported');
    expect(await at.provider.driver.cleanup(handle.resources, handle, context)).toEqual([
      { id: handle.data['sessionId'], proof: 'unverifiable', expiresAt: handle.resources[0]?.expiresAt },
    ]);
    expect(at.fake.sessions()).toMatchObject([{ state: 'alive' }]);
  });

  it('is never called with AWS credentials in place of a token that is missing', async () => {
    await expect(run(asked({ secrets: {} }))).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAUTHENTICATED' });
    expect(at.fake.log.requests()).toEqual([]);
  });

  it.each<[string, Asked]>([
    ['a token that is in no secret', { request: { secrets: {} } }],
    ['a command', { request: { taskType: 'command.run', input: { command: ['true'] } } }],
    [
      'a secret for the agent',
      { request: { secrets: { ...secrets, OTHER: { source: 'environment', name: 'OTHER' } } } },
    ],
  ])('is refused for %s before anything is sent', async (_title, more) => {
    const context = asked(more);
    expect(() => at.plan(context)).toThrow(expect.objectContaining({ code: 'AD_PROVIDER_TARGET_INVALID' }));
  });

  it('is told apart from others by check', async () => {
    const context = asked({ details: { bearerToken: undefined } });
    const findings = await at.provider.driver.check(context.request, context);
    expect(findings).toContainEqual(expect.objectContaining({ name: 'authorization', status: 'fail' }));
  });
});

describe('an agent runtime that is made to take OAuth tokens', () => {
  const authorizer = { discoveryUrl: 'https://id.example/.well-known/openid-configuration', allowedClients: ['me'] };
  const details = { authorizer, bearerToken: 'AGENT_TOKEN' };

  it('has the authorizer, and never sees the token; removed, its session is gone for certain', async () => {
    const given = { AGENT_TOKEN: TOKEN, MODEL_KEY: 'sk' };
    const references = { ...secrets, MODEL_KEY: { source: 'environment', name: 'MODEL_KEY' } } as const;
    const { handle, context } = await at.ready({ details, request: { secrets: references }, secrets: given });
    expect(at.fake.runtimes.made()).toMatchObject([
      { environment: { MODEL_KEY: 'sk' }, shown: { authorizerConfiguration: { customJWTAuthorizer: authorizer } } },
    ]);
    const channel = at.provider.driver.channel(handle, context);
    const answer = await channel.fetch('/invocations', { method: 'POST', body: '{}', signal: context.signal });
    expect(await answer.json()).toEqual({ MODEL_KEY: 'sk' });
    const proofs = await at.provider.driver.cleanup(handle.resources, handle, context);
    expect(proofs.map(({ proof }) => proof)).toEqual(['verified', 'verified']);
    expect(at.fake.sessions()).toMatchObject([{ state: 'stopped' }]);
  });

  it('is removed by a sweep, which knows of no token', async () => {
    await at.ready({ details, request: { secrets }, secrets: { AGENT_TOKEN: TOKEN } });
    const { request: _request, ...context } = at.context();
    for await (const { handle } of at.provider.driver.sweep(context)) {
      const proofs = await at.provider.driver.cleanup(handle.resources, handle, at.context());
      expect(proofs).toMatchObject([{ proof: 'verified' }]);
    }
    expect(at.fake.runtimes.made()).toEqual([]);
  });

  it('needs a token, and a token needs an authorizer', async () => {
    for (const half of [{ authorizer }, { bearerToken: 'AGENT_TOKEN' }]) {
      const context = at.context({ details: { image: IMAGE, roleArn: ROLE, ...half }, request: { secrets } });
      expect(() => at.plan(context)).toThrow('authorizer and bearerToken need each other');
    }
  });
});
