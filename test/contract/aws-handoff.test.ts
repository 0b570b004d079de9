// Another program talks to the agent of a task with nothing but the handoff, as JSON, and credentials of its own: by the clients
// that the protocols' own projects ship, none of which knows AgentCore.
import { JsonRpcTransportFactory } from '@a2a-js/sdk/client';
import { type AgentCard, SendMessageRequest } from '@a2a-js/sdk';
import { HttpAgent } from '@ag-ui/client';
import { BedrockAgentCoreClient } from '@aws-sdk/client-bedrock-agentcore';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Handoff } from '@agent-dispatch/core/provider';
import { validate } from '@agent-dispatch/schemas';
import { FAKE_CREDENTIALS, type FakeAgentCore, startFakeAgentCore, workerContainer } from '../fakes/agentcore/index.js';
import { openSession, type Spoken } from './support/aws-channel.js';

const KEY = 'FAKEACCESSKEY1';
const { account, secretAccessKey } = FAKE_CREDENTIALS[KEY];
const TOKEN = 'token-of-another-program';
const SERVED = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI' } as const;

let fake: FakeAgentCore;
let close: () => Promise<void>;
afterEach(async () => {
  await close();
  await fake.close();
});

/** A worker in the session whose agent says who asks, and in which session it is. */
async function handoffOf(protocol: Spoken, details: Record<string, unknown> = {}): Promise<Handoff> {
  const { agent } = workerContainer({ agents: { shell: { command: ['/bin/sh'] } } });
  fake = await startFakeAgentCore({
    agents: { researcher: agent, guarded: agent },
    runtimes: [
      {
        name: 'researcher',
        protocol: SERVED[protocol],
        allowedHeaders: ['A2A-Version', 'A2A-Extensions', 'X-Tenant'],
        endpoints: [{ name: 'prod' }],
      },
      { name: 'guarded', protocol: SERVED[protocol], authorization: 'bearer' },
    ],
    tokens: { [TOKEN]: { account } },
  });
  const isGuarded = details['bearerToken'] !== undefined;
  const opened = await openSession(fake, protocol, {
    details: { runtimeArn: fake.arn(isGuarded ? 'guarded' : 'researcher'), worker: true, ...details },
    ...(isGuarded && { secrets: { AGENT_TOKEN: 'token-of-the-task' } }),
  });
  close = opened.close;
  const { driver, handle, context } = opened;
  const text = JSON.stringify(driver.handoff(handle, context));
  for (const secret of [secretAccessKey, 'token-of-the-task']) expect(text).not.toContain(secret);
  const handoff = JSON.parse(text) as Handoff;
  expect(validate('Handoff', handoff)).toEqual([]);
  return handoff;
}

/** Signs, or proves itself by a token, as the handoff says; and adds to each request what the handoff says. */
function fetchBy({ auth, headers = {}, query = {} }: Handoff): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const whole = { ...Object.fromEntries(new Headers(init.headers)), ...headers };
    if (auth.scheme === 'bearer')
      return fetch(url, { ...init, headers: { ...whole, authorization: `Bearer ${TOKEN}` } });
    expect(auth).toMatchObject({ scheme: 'sigv4', service: 'bedrock-agentcore', region: 'us-west-2' });
    const credentials = { accessKeyId: KEY, secretAccessKey };
    const { config } = new BedrockAgentCoreClient({ region: auth.region ?? '', credentials });
    const signer = await config.signer({
      name: 'sigv4',
      signingName: auth.service ?? '',
      signingRegion: auth.region ?? '',
      properties: {},
    });
    const { method = 'GET', body } = init;
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...whole },
      body,
    });
    return fetch(url, { ...init, headers: signed.headers });
  };
}

/** The SDK's options are a class that nobody can make. */
function speakingBy(fetchImpl: typeof fetch): JsonRpcTransportFactory {
  const options: unknown = { fetchImpl };
  return new JsonRpcTransportFactory(options as ConstructorParameters<typeof JsonRpcTransportFactory>[0]);
}

const inOneSession = (handoff: Handoff, qualifier = 'DEFAULT'): void =>
  expect(fake.sessions()).toMatchObject([
    {
      sessionId: handoff.headers?.['X-Amzn-Bedrock-AgentCore-Runtime-Session-Id'],
      qualifier,
      bootIds: [expect.any(String)],
    },
  ]);

describe.each<[string, Record<string, unknown>]>([
  ['AWS credentials', {}],
  ['a token', { bearerToken: 'AGENT_TOKEN' }],
])('with %s of its own, another program talks to the agent', (_how, details) => {
  it('over http', async () => {
    const handoff = await handoffOf('http', details);
    const answer = await fetchBy(handoff)(handoff.url, {
      method: handoff.method,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ prompt: 'echo hello' }),
    });
    expect(await answer.text()).toContain('hello');
    inOneSession(handoff);
  });

  it('over a2a', async () => {
    const handoff = await handoffOf('a2a', details);
    const send = fetchBy(handoff);
    const card = (await (await send(handoff.agentCard ?? '')).json()) as AgentCard;
    const transport = await speakingBy(send).create(handoff.url, card);
    const message = { messageId: 'm-1', role: 'ROLE_USER', parts: [{ text: 'echo hello' }] };
    const answer = await transport.sendMessage(SendMessageRequest.fromJSON({ message }));
    expect(JSON.stringify(answer)).toContain('hello');
    expect(handoff).toMatchObject({ protocolVersion: '1.0', method: 'SendMessage' });
    inOneSession(handoff);
  });

  it('over mcp', async () => {
    const handoff = await handoffOf('mcp', details);
    const client = new Client({ name: 'another', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(handoff.url), { fetch: fetchBy(handoff) }));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('run_agent');
    const answer = await client.callTool({ name: 'run_agent', arguments: { instruction: 'echo hello' } });
    expect(JSON.stringify(answer)).toContain('hello');
    await client.close();
    inOneSession(handoff);
  });

  it('over ag-ui', async () => {
    const handoff = await handoffOf('ag-ui', details);
    const agent = new HttpAgent({ url: handoff.url, fetch: fetchBy(handoff) });
    agent.messages = [{ id: 'm-1', role: 'user', content: 'echo hello' }];
    const heard: string[] = [];
    await agent.runAgent({}, { onTextMessageContentEvent: ({ event }) => void heard.push(event.delta) });
    expect(heard.join('')).toContain('hello');
    inOneSession(handoff);
  });
});

it('the handoff leads to the endpoint, with the user and the headers that the task has', async () => {
  const handoff = await handoffOf('http', {
    qualifier: 'prod',
    runtimeUserId: 'user-7',
    headers: { 'X-Tenant': 'acme' },
  });
  expect(handoff.headers).toMatchObject({
    'X-Amzn-Bedrock-AgentCore-Runtime-User-Id': 'user-7',
    'X-Tenant': 'acme',
  });
  const answer = await fetchBy(handoff)(handoff.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'echo hello' }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
  inOneSession(handoff, 'prod');
});
