import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DriverContext, DriverEvent } from '@agent-dispatch/core/provider';
import {
  endlessAgent,
  failingAgent,
  FAKE_CREDENTIALS,
  type FakeAgentCore,
  type FakeOptions,
  type Fault,
  gatedScript,
  jsonAgent,
  ManualClock,
  silentAgent,
  startFakeAgentCore,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import {
  clockOf,
  collect,
  contextFor,
  type ContextOptions,
  FAKE_KEY,
  type LoadedProvider,
  loadProvider,
  profileAt,
  startAttempt,
} from '../testdata/provider-at-fake.js';

let provider: LoadedProvider;
let fake: FakeAgentCore;

beforeEach(async () => {
  provider = await loadProvider();
});
afterEach(async () => {
  await provider.close();
  await fake.close();
});

async function contextAt(options: FakeOptions, more: Partial<ContextOptions> = {}): Promise<DriverContext> {
  fake = await startFakeAgentCore(options);
  return contextFor({ account: profileAt(fake), details: { runtimeArn: fake.arn('researcher') }, ...more });
}

const start = (context: DriverContext) => startAttempt(provider.driver, context);
const invokes = () => fake.log.requests({ operation: 'InvokeAgentRuntime' });

describe('a streaming agent', () => {
  it('is heard event by event, each before the next is sent', async () => {
    const script = gatedScript([{ text: 'one ' }, { text: 'two ' }, { result: { answer: 42 } }]);
    const { handle, events } = start(await contextAt({ agents: { researcher: script.agent } }));
    const iterator = events[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ type: 'attached' });
    for (const text of ['one ', 'two ']) {
      script.release();
      expect((await iterator.next()).value).toEqual({ type: 'log', stream: 'agent', text });
    }
    script.release();
    expect((await iterator.next()).value).toMatchObject({ type: 'log' });
    expect((await iterator.next()).value).toEqual({
      type: 'ended',
      outcome: 'succeeded',
      result: { json: { answer: 42 } },
    });
    expect(invokes()).toMatchObject([
      { sessionId: handle.data['sessionId'], contentType: 'application/json', accessKeyId: FAKE_KEY, status: 200 },
    ]);
  });

  it('that is followed no longer loses its connection and keeps its session', async () => {
    const { events } = start(await contextAt({ agents: { researcher: endlessAgent(['hello']) } }));
    for await (const event of events) if (event.type === 'log') break;
    await fake.when(() => fake.sessions()[0]?.active === 1);
    expect(fake.sessions()).toMatchObject([{ state: 'alive', executions: 1 }]);
  });

  it('whose connection breaks ends unknown and is not called again', async () => {
    const context = await contextAt({ agents: { researcher: endlessAgent(['one', 'two']) } });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'reset', afterChunks: 1 } });
    const events = await collect(start(context).events);
    expect(events.at(-1)).toMatchObject({ type: 'unknown' });
    expect(fake.log.executions()).toHaveLength(1);
  });

  it('ends unknown when the deadline passes', async () => {
    let pass: () => void = () => undefined;
    const sleep = (): Promise<void> => new Promise((resolve) => (pass = resolve));
    const clock = { now: () => Date.now(), sleep };
    const context = await contextAt({ agents: { researcher: endlessAgent(['hello']) } }, { clock });
    const events: DriverEvent[] = [];
    for await (const event of start(context).events) {
      events.push(event);
      if (event.type === 'log') pass();
    }
    expect(events.at(-1)).toMatchObject({ type: 'unknown' });
  });
});

describe('an agent that answers at once', () => {
  it('gives its document as the result, and gets the envelope', async () => {
    const echo = jsonAgent(({ payload }: { payload: Uint8Array }) => ({
      got: JSON.parse(Buffer.from(payload).toString()) as unknown,
    }));
    const events = await collect(start(await contextAt({ agents: { researcher: echo } })).events);
    const got = { prompt: 'Say hello.', taskId: 'task_01', attempt: 1 };
    expect(events.at(-1)).toEqual({ type: 'ended', outcome: 'succeeded', result: { json: { got } } });
  });

  it('is called once when its answer is lost, and the outcome is unknown', async () => {
    const context = await contextAt({ agents: { researcher: jsonAgent(() => 'done') } });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'lost-response' } });
    const events = await collect(start(context).events);
    expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining('its end was not seen') }]);
    expect(fake.log.executions()).toHaveLength(1);
    expect(invokes()).toHaveLength(1);
  });
});

describe('a request that never gets an answer', () => {
  it('is given up when the host aborts, with the outcome unknown', async () => {
    const abort = new AbortController();
    const context = await contextAt({ agents: { researcher: silentAgent() } }, { signal: abort.signal });
    const events = collect(start(context).events);
    await fake.when(() => fake.log.executions().length === 1);
    abort.abort();
    expect(await events).toMatchObject([{ type: 'unknown' }]);
  });

  it('is not sent at all when the host has aborted before', async () => {
    const context = await contextAt({ agents: { researcher: silentAgent() } }, { signal: AbortSignal.abort() });
    await expect(collect(start(context).events)).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
    expect(invokes()).toEqual([]);
  });

  it('is not sent after the deadline', async () => {
    const context = await contextAt({ agents: { researcher: silentAgent() } }, { deadline: Date.now() });
    await expect(collect(start(context).events)).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
    expect(invokes()).toEqual([]);
  });
});

describe('a refusal of the service', () => {
  const refused = (type: string): Fault => ({ kind: 'error', type });

  it.each<[string, Fault, string]>([
    ['429', { kind: 'throttle' }, 'AD_PROVIDER_THROTTLED'],
    ['400', refused('ValidationException'), 'AD_PROVIDER_INVALID_REQUEST'],
    ['401', refused('UnauthorizedException'), 'AD_PROVIDER_UNAUTHENTICATED'],
    ['402', refused('ServiceQuotaExceededException'), 'AD_PROVIDER_QUOTA'],
    ['403', refused('AccessDeniedException'), 'AD_PROVIDER_DENIED'],
    ['403 for a stale token', refused('UnrecognizedClientException'), 'AD_PROVIDER_UNAUTHENTICATED'],
    ['404', refused('ResourceNotFoundException'), 'AD_PROVIDER_NOT_FOUND'],
    ['409', refused('RetryableConflictException'), 'AD_PROVIDER_CONFLICT'],
    ['403 with a page of a proxy', { kind: 'html', status: 403 }, 'AD_PROVIDER_DENIED'],
  ])('%s is a certain, coded error after one request', async (_name, fault, code) => {
    const context = await contextAt({ agents: { researcher: jsonAgent(() => 'never') } });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault });
    const failure = collect(start(context).events);
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringContaining('account dev') });
    await expect(failure).rejects.not.toHaveProperty('details.ambiguous', true);
    expect(invokes()).toHaveLength(1);
    expect(fake.log.executions()).toEqual([]);
  });

  it.each<[string, Fault]>([
    ['500', refused('InternalServerException')],
    ['503 with a page of a proxy', { kind: 'html', status: 503 }],
  ])('%s leaves the outcome unknown after one request', async (_name, fault) => {
    const context = await contextAt({ agents: { researcher: jsonAgent(() => 'never') } });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault });
    const events = await collect(start(context).events);
    expect(events).toEqual([{ type: 'unknown', reason: expect.not.stringContaining('Unexpected token') }]);
    expect(invokes()).toHaveLength(1);
  });

  it('424 names the failure of the container and where its log is', async () => {
    const context = await contextAt({ agents: { researcher: failingAgent() } });
    await expect(collect(start(context).events)).rejects.toMatchObject({
      code: 'AD_PROVIDER_AGENT_FAILED',
      retryable: false,
      hint: expect.stringMatching(
        /group \/aws\/bedrock-agentcore\/runtimes\/researcher-\w{10}-DEFAULT, region us-west-2/,
      ),
    });
    expect(fake.log.executions()).toHaveLength(1);
  });

  it('for another kind of authorization says which runtime to use', async () => {
    const context = await contextAt({ agents: { researcher: jsonAgent(() => 'never') } });
    const message = 'Authorization method mismatch: use a bearer token';
    fake.faults.inject({
      operation: 'InvokeAgentRuntime',
      fault: { kind: 'error', type: 'AccessDeniedException', message },
    });
    await expect(collect(start(context).events)).rejects.toMatchObject({
      code: 'AD_PROVIDER_DENIED',
      hint: expect.stringContaining('OAuth'),
    });
  });
});

it.each<[string, Fault]>([
  ['throttles', { kind: 'throttle' }],
  ['has others at work in the session', { kind: 'error', type: 'RetryableConflictException' }],
])('the worker, which does nothing twice, is called again while the service %s', async (_title, fault) => {
  const clock = new ManualClock();
  const options = { agents: { researcher: jsonAgent(() => 'done') }, clock };
  const context = await contextAt(options, { agent: 'worker', clock: clockOf(clock), deadline: clock.now() + 60_000 });
  fake.faults.inject({ operation: 'InvokeAgentRuntime', fault, times: 5 });
  const { channel } = start(context);
  const call = { method: 'POST', body: '{}', signal: context.signal } as const;
  expect((await channel.fetch('/invocations', call)).status).toBe(200);
  fake.faults.inject({ operation: 'InvokeAgentRuntime', fault, times: 6 });
  await expect(channel.fetch('/invocations', call)).rejects.toMatchObject({
    code: expect.stringMatching('AD_PROVIDER_'),
  });
  expect(fake.log.executions()).toHaveLength(1);
});

describe('a request to the worker that is broken off', () => {
  /** A clock that stands still: whoever sleeps is woken by `advance`. */
  async function asked(fault: Fault) {
    const time = new ManualClock();
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        time.schedule(ms, resolve);
        signal?.addEventListener('abort', () => reject(new Error('slept enough')), { once: true });
      });
    const clock = { now: () => time.now(), sleep };
    const options = { agents: { researcher: endlessAgent(['hello']) }, clock: time };
    const context = await contextAt(options, { agent: 'worker', clock, deadline: time.now() + 60_000 });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault });
    const { channel, handle } = start(context);
    const abort = new AbortController();
    const answer = channel.fetch('/invocations', { method: 'POST', body: '{}', signal: abort.signal });
    await fake.when(() => invokes().length === 1);
    abort.abort();
    return { time, context, handle, answer };
  }

  it('is waited for until it has landed, so that the stop after it ends what it woke up', async () => {
    const { time, context, handle, answer } = await asked({ kind: 'late', afterMs: 1000 });
    time.advance(1000);
    await expect(answer.then((response) => response.text())).rejects.toThrow();
    expect(fake.sessions()).toMatchObject([{ state: 'alive' }]);
    await expect(provider.driver.cancel(handle, context)).resolves.toBe('stopped');
    expect(fake.sessions()).toMatchObject([{ state: 'stopped' }]);
  });

  it('is not sent any more where it had still to be signed', async () => {
    const given = join(await mkdtemp(join(tmpdir(), 'provider-aws-')), 'given');
    const told = { Version: 1, AccessKeyId: FAKE_KEY, SecretAccessKey: FAKE_CREDENTIALS[FAKE_KEY].secretAccessKey };
    const program = `until [ -e ${given} ]; do touch ${given}.asked; sleep 0.01; done; echo '${JSON.stringify(told)}'`;
    const credentials = { source: 'command', command: ['/bin/sh', '-c', program] };
    fake = await startFakeAgentCore({ agents: { researcher: jsonAgent(() => 'never') } });
    const account = profileAt(fake, { credentials });
    const details = { runtimeArn: fake.arn('researcher') };
    const environment = { PATH: process.env['PATH'] ?? '' };
    const { channel } = start(contextFor({ account, details, environment, agent: 'worker' }));
    const abort = new AbortController();
    const answer = channel.fetch('/invocations', { method: 'POST', body: '{}', signal: abort.signal });
    const failure = expect(answer).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
    while (!existsSync(`${given}.asked`)) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await writeFile(given, '');
    await failure;
    expect(fake.log.requests()).toEqual([]);
    await rm(dirname(given), { recursive: true });
  });

  it('is given up after a little while', async () => {
    const { time, answer } = await asked({ kind: 'hang' });
    const failure = expect(answer).rejects.toMatchObject({ details: { ambiguous: true } });
    time.advance(1500);
    await failure;
  });
});

it('a service that cannot be reached is a certain, retryable error', async () => {
  fake = await startFakeAgentCore({ agents: { researcher: jsonAgent(() => 'never') } });
  const closed = await startFakeAgentCore({ agents: { researcher: jsonAgent(() => 'never') } });
  await closed.close();
  const context = contextFor({ account: profileAt(closed), details: { runtimeArn: fake.arn('researcher') } });
  await expect(collect(start(context).events)).rejects.toMatchObject({
    code: 'AD_PROVIDER_UNAVAILABLE',
    retryable: true,
  });
});

it('another path than the one that the service passes on is refused', async () => {
  const context = await contextAt({ agents: { researcher: jsonAgent(() => 'never') } });
  const { channel } = start(context);
  const request = { method: 'GET', signal: context.signal } as const;
  await expect(channel.fetch('/ping', request)).rejects.toMatchObject({ code: 'AD_PROTOCOL_UNSUPPORTED' });
  expect(fake.log.requests()).toEqual([]);
});
