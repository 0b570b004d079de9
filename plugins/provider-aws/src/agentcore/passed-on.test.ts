// What the service passes on of each protocol, with which headers, and how much of it comes back.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Channel, ChannelRequest, DriverContext, Handle, Protocol } from '@agent-dispatch/core/provider';
import {
  type AgentRequest,
  type FakeAgentCore,
  type Fault,
  startFakeAgentCore,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import { contextFor, type LoadedProvider, loadProvider, profileAt } from '../testdata/provider-at-fake.js';

const TOKEN = 'token-of-a-test';
const CARD = { name: 'researcher', protocolVersion: '1.0' };
const SERVED = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI' } as const;
type Spoken = keyof typeof SERVED;

let fake: FakeAgentCore;
let provider: LoadedProvider;
beforeEach(async () => {
  const echo = ({ headers, payload }: AgentRequest) => ({
    status: Number(/"refuse":(\d+)/.exec(Buffer.from(payload).toString())?.[1] ?? 200),
    headers: {
      'content-type': 'application/json',
      'mcp-session-id': 'mcp-1',
      'mcp-protocol-version': '2026-01-01',
      'x-of-the-agent': 'stays there',
    },
    body: Buffer.from(JSON.stringify({ headers, payload: Buffer.from(payload).toString() })),
  });
  const runtimes = Object.entries(SERVED).flatMap(([name, protocol]) =>
    (['sigv4', 'bearer'] as const).map((authorization) => ({
      name: `${name.replace('-', '')}_${authorization}`,
      protocol,
      authorization,
      allowedHeaders: ['X-Tenant', 'A2A-Version'],
    })),
  );
  fake = await startFakeAgentCore({
    agents: Object.fromEntries(runtimes.map(({ name }) => [name, { invoke: echo, card: () => CARD }])),
    runtimes,
    tokens: { [TOKEN]: { account: '111122223333' } },
  });
  provider = await loadProvider();
});
afterEach(async () => {
  await provider.close();
  await fake.close();
});

interface Opened {
  readonly channel: Channel;
  readonly handle: Handle;
  readonly context: DriverContext;
}

function open(protocol: Spoken, details: Record<string, unknown> = {}, withToken = false): Opened {
  const runtimeArn = fake.arn(`${protocol.replace('-', '')}_${withToken ? 'bearer' : 'sigv4'}`);
  const token = withToken && { bearerToken: 'AGENT_TOKEN' };
  const target = { mode: 'session', protocol: protocol as Protocol, details: { runtimeArn, ...token, ...details } };
  const context = contextFor({
    account: profileAt(fake),
    details: {},
    request: { target, secrets: { AGENT_TOKEN: { source: 'environment', name: 'AGENT_TOKEN' } } } as never,
    secrets: { AGENT_TOKEN: TOKEN },
  });
  if (!withToken) delete (context.request as { secrets?: unknown }).secrets;
  const handle = provider.driver.plan(context.request, context);
  return { channel: provider.driver.channel(handle, context), handle, context };
}

const signal = new AbortController().signal;
const post = (more: Partial<ChannelRequest> = {}): ChannelRequest => ({ method: 'POST', body: '{}', signal, ...more });
const heard = async (answer: Response) => (await answer.json()) as { headers: Record<string, string>; payload: string };

describe.each([
  ['AWS credentials', false],
  ['an OAuth token', true],
])('with %s', (_how, withToken) => {
  it.each<[Spoken, string]>([
    ['http', '/invocations'],
    ['ag-ui', '/invocations'],
    ['a2a', '/'],
    ['mcp', '/mcp'],
  ])('what is posted over %s reaches the agent byte for byte, in the planned session', async (protocol, path) => {
    const { channel, handle } = open(protocol, {}, withToken);
    const { headers, payload } = await heard(await channel.fetch(path, post({ body: '{"a":"ü"}' })));
    expect(payload).toBe('{"a":"ü"}');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-amzn-bedrock-agentcore-runtime-session-id': handle.data['sessionId'],
    });
    expect(JSON.stringify(headers)).not.toContain(TOKEN);
  });

  it('the card of an agent that speaks a2a is read in the planned session', async () => {
    const { channel, handle } = open('a2a', {}, withToken);
    const answer = await channel.fetch('/.well-known/agent-card.json', { method: 'GET', signal });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await answer.json()).toEqual(CARD);
    await (await channel.fetch('/', post())).text();
    expect(fake.sessions()).toMatchObject([{ sessionId: handle.data['sessionId'], executions: 1 }]);
    expect(fake.log.requests().map(({ operation }) => operation)).toEqual(['GetAgentCard', 'InvokeAgentRuntime']);
  });

  it("mcp's own headers go there and back", async () => {
    const { channel } = open('mcp', {}, withToken);
    const sent = {
      'mcp-session-id': 'mcp-0',
      'mcp-protocol-version': '2025-06-18',
      'mcp-method': 'tools/call',
      'mcp-name': 'research',
    };
    const answer = await channel.fetch('/mcp', post({ headers: { ...sent, accept: 'text/event-stream' } }));
    expect(answer.headers.get('mcp-session-id')).toBe('mcp-1');
    expect(answer.headers.get('mcp-protocol-version')).toBe('2026-01-01');
    expect(answer.headers.get('x-of-the-agent')).toBeNull();
    expect((await heard(answer)).headers).toMatchObject({ ...sent, accept: 'text/event-stream' });
  });

  it.each([400, 404, 499])("an mcp server's refusal with status %i comes as such", async (status) => {
    const { channel } = open('mcp', {}, withToken);
    const answer = await channel.fetch('/mcp', post({ body: JSON.stringify({ refuse: status }) }));
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(`(${status})`);
  });

  it.each<[Spoken, string, number]>([
    ['mcp', '/mcp', 500],
    ['http', '/invocations', 404],
  ])('any other failure of a container, over %s, is one of the agent with a place to look', async (...of) => {
    const [protocol, path, status] = of;
    const { channel } = open(protocol, {}, withToken);
    const failure = channel.fetch(path, post({ body: JSON.stringify({ refuse: status }) }));
    await expect(failure).rejects.toMatchObject({
      code: 'AD_PROVIDER_AGENT_FAILED',
      hint: expect.stringContaining('/aws/bedrock-agentcore/runtimes/'),
    });
  });

  it('traces, versions and the headers of the target reach the agent, and nothing else does', async () => {
    const { channel } = open('a2a', { headers: { 'X-Tenant': 'acme' } }, withToken);
    const traces = { traceparent: '00-1-2-01', tracestate: 'a=b', baggage: 'c=d', 'X-Amzn-Trace-Id': 'Root=1-2' };
    const others = { Authorization: 'Basic of-a-driver', 'X-Tenant': 'other', Cookie: 'a=b', 'X-Unknown': 'x' };
    const headers = { ...traces, 'A2A-Version': '1.0', ...others };
    const told = (await heard(await channel.fetch('/', post({ headers })))).headers;
    expect(told).toMatchObject({
      traceparent: '00-1-2-01',
      tracestate: 'a=b',
      baggage: 'c=d',
      'x-amzn-trace-id': 'Root=1-2',
      'a2a-version': '1.0',
      'x-tenant': 'acme',
    });
    expect(Object.keys(told)).not.toEqual(expect.arrayContaining(['cookie']));
    expect(JSON.stringify(told)).not.toContain('of-a-driver');
  });

  it.each<[Spoken, ChannelRequest['method'], string]>([
    ['http', 'POST', '/'],
    ['http', 'GET', '/.well-known/agent-card.json'],
    ['ag-ui', 'POST', '/mcp'],
    ['a2a', 'POST', '/invocations'],
    ['mcp', 'GET', '/mcp'],
    ['mcp', 'DELETE', '/mcp'],
  ])('over %s, %s %s is refused, and nothing is sent', async (protocol, method, path) => {
    const { channel } = open(protocol, {}, withToken);
    await expect(channel.fetch(path, { method, signal })).rejects.toMatchObject({ code: 'AD_PROTOCOL_UNSUPPORTED' });
    expect(fake.log.requests()).toEqual([]);
  });

  it.each<[string, Fault, string, true | undefined]>([
    ['throttled', { kind: 'throttle' }, 'AD_PROVIDER_THROTTLED', undefined],
    ['denied', { kind: 'error', type: 'AccessDeniedException' }, 'AD_PROVIDER_DENIED', undefined],
    ['lost', { kind: 'lost-response' }, 'AD_PROVIDER_UNAVAILABLE', true],
  ])('a card that is %s is a coded error, ambiguous only where a session may have begun', async (...of) => {
    const [, fault, code, ambiguous] = of;
    fake.faults.inject({ operation: 'GetAgentCard', fault });
    const { channel } = open('a2a', {}, withToken);
    const failure: unknown = await channel
      .fetch('/.well-known/agent-card.json', { method: 'GET', signal })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect((failure as { details?: { ambiguous?: true } }).details?.ambiguous).toBe(ambiguous);
    expect(fake.log.requests()).toHaveLength(1);
  });
});

it('an answer may stream a little less long than the service lets it', () => {
  expect(open('http').channel.answerSeconds).toBeLessThan(3600);
});

it('the token is told to be the channel’s own, so that no driver gives it to the agent', () => {
  expect(open('http', {}, true).channel.ownSecrets).toEqual(['AGENT_TOKEN']);
  expect(open('http').channel.ownSecrets).toBeUndefined();
});

it('a user on whose behalf the agent works is told to it, by those who may say so', async () => {
  const { channel } = open('http', { runtimeUserId: 'user-7' });
  const { headers } = await heard(await channel.fetch('/invocations', post()));
  expect(headers).toMatchObject({ 'x-amzn-bedrock-agentcore-runtime-user-id': 'user-7' });
});

describe('details that cannot be', () => {
  it.each<[string, Spoken, Record<string, unknown>]>([
    ['a credential among the headers', 'http', { headers: { 'X-Api-Key': 'x' } }],
    ['a header of the protocol', 'mcp', { headers: { 'Mcp-Session-Id': 'x' } }],
    ['a header of the service', 'http', { headers: { 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id': 'x' } }],
    ['a header that no runtime may allow', 'http', { headers: { 'X-Forwarded-For': 'x' } }],
    ['a header twice', 'http', { headers: { 'X-Tenant': 'a', 'x-tenant': 'b' } }],
    ['more headers than a runtime may allow', 'a2a', { headers: manyHeaders(19) }],
    ['a tool of an agent that has none', 'http', { tool: 'research' }],
  ])('%s are refused before anything is sent', (_title, protocol, details) => {
    expect(() => open(protocol, details)).toThrow(expect.objectContaining({ code: 'AD_PROVIDER_TARGET_INVALID' }));
  });

  it('are a user beside a token, which has its own', () => {
    expect(() => open('http', { runtimeUserId: 'user-7' }, true)).toThrow('a token has its user');
  });

  it('are none where a header has the prefix for custom ones', () => {
    expect(() => open('http', { headers: { 'X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant': 'a' } })).not.toThrow();
  });
});

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-Header-${index}`, 'x']));
}
