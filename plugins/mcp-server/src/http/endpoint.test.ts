// MCP over real HTTP: clients of both eras, and requests that must not get in.
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CallOptions, ControlPlane } from '@agent-dispatch/core';
import { tools } from '@agent-dispatch/schemas/tools';
import { ERAS } from '../testdata/connected-client.js';
import { HttpStand, TOKENS, toolCall, type RawRequest } from '../testdata/http-stand.js';

let stand: HttpStand;
afterEach(() => stand.close());
const open = async (script: Partial<ControlPlane> = {}): Promise<void> => {
  stand = await HttpStand.open(script);
};

const bearer = { authorization: `Bearer ${TOKENS.alice}` };
const list = { list: async () => ({ tasks: [] }) };
const view = { task_id: 'task_1', status: 'running', terminal: false };
const timedOut = { done: [], attention: [], pending: [], events: [], timed_out: true, cursor: 'c' };

/** Waits as the control plane does: until it is aborted. */
const waiting = (started: () => void): Partial<ControlPlane> => ({
  wait: (_input, { signal } = {}) =>
    new Promise((resolve) => {
      started();
      signal?.addEventListener('abort', () => resolve(timedOut));
    }),
});

describe.each(ERAS)('a client of the %s era', (era) => {
  it('lists the tools and calls them in the name of its own token', async () => {
    const seen: (CallOptions | undefined)[] = [];
    const noted = (options?: CallOptions): void => void seen.push(options);
    await open({
      list: async (_input, options) => (noted(options), { tasks: [] }),
      get: async (_input, options) => (noted(options), view) as never,
    });
    const [alice, bob] = [await stand.client(era, 'alice'), await stand.client(era, 'bob')];
    expect((await alice.listTools()).tools).toEqual(tools);
    await Promise.all([alice, bob].map((client) => client.callTool({ name: 'list_tasks', arguments: {} })));
    await bob.readResource({ uri: 'agentdispatch://tasks/task_1' });
    expect(seen.map((options) => options?.caller?.subject).sort()).toEqual(['alice', 'bob', 'bob']);
  });

  it('hands on client, call id and trace', async () => {
    let options: CallOptions | undefined;
    await open({ spawn: async (_input, given) => ((options = given), view) as never });
    const client = await stand.client(era, 'alice');
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await client.callTool({
      name: 'spawn_cloud_agent',
      arguments: { instruction: 'x' },
      _meta: { traceparent, tracestate: 'v=1', 'claudecode/toolUseId': 'toolu_1' },
    });
    expect(options?.caller).toEqual({
      subject: 'alice',
      callId: 'claudecode:toolu_1',
      trace: { traceparent, tracestate: 'v=1' },
      // Over HTTP, a client of the legacy era says who it is only in a request of its own.
      ...(era === 'modern' && { client: { name: 'tester', version: '1.2.3' } }),
    });
  });

  it('that gives up ends the wait', async () => {
    let signal: AbortSignal | undefined;
    let started = (): void => undefined;
    const began = new Promise<void>((resolve) => (started = resolve));
    await open({
      wait: (_input, options) =>
        new Promise(() => {
          signal = options?.signal;
          started();
        }),
    });
    const client = await stand.client(era, 'alice');
    const giveUp = new AbortController();
    const call = client.callTool({ name: 'wait_task', arguments: { task_ids: ['task_1'] } }, { signal: giveUp.signal });
    await began;
    giveUp.abort();
    await expect(call).rejects.toThrow();
    // Without a session, a cancel of the legacy era finds no call: it is over when the client goes, or by itself.
    if (era === 'legacy') await client.close();
    while (signal?.aborted !== true) await turn();
    expect(signal.aborted).toBe(true);
  });

  it('is answered at once when the server ends while it waits', async () => {
    let started = (): void => undefined;
    const began = new Promise<void>((resolve) => (started = resolve));
    await open(waiting(() => started()));
    const client = await stand.client(era, 'alice');
    const call = client.callTool({ name: 'wait_task', arguments: { task_ids: ['task_1'] } });
    await began;
    const drained = stand.endpoint.drain();
    stand.stop.abort();
    expect((await call).structuredContent).toEqual(timedOut);
    await drained;
    expect((await stand.ask({ headers: bearer })).status).toBe(503);
  });
});

describe('a request', () => {
  const good = toolCall('list_tasks', {});

  it('with a token is answered, in one body', async () => {
    await open(list);
    const { status, headers, text } = await stand.ask({ ...good, headers: { ...good.headers, ...bearer } });
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(JSON.parse(text)).toMatchObject({ result: { structuredContent: { tasks: [] } } });
  });

  it.each<[string, RawRequest['headers']]>([
    ['no token', {}],
    ['another scheme', { authorization: `Basic ${TOKENS.alice}` }],
    ['an unknown token', { authorization: 'Bearer nobody-token-0123456789' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['the beginning of a token', { authorization: `Bearer ${TOKENS.alice.slice(0, -1)}` }],
  ])('with %s is refused with 401, and says how to come in', async (_what, headers) => {
    await open();
    const { status, headers: answered, text } = await stand.ask({ ...good, headers: { ...good.headers, ...headers } });
    expect(status).toBe(401);
    expect(answered['www-authenticate']).toMatch(/^Bearer error="invalid_token"/);
    expect(text).not.toContain('token-0123456789');
  });

  it.each(['evil.example.com', '127.0.0.1.evil.example.com', 'localhost', 'mcp.example.com@evil.example'])(
    'for host %j is refused with 403, whatever its token',
    async (host) => {
      await open();
      const { status } = await stand.ask({ ...good, headers: { ...good.headers, ...bearer, host } });
      expect(status).toBe(403);
    },
  );

  it.each(['mcp.example.com', 'mcp.example.com:8443', '127.0.0.1:1'])('for host %s gets in', async (host) => {
    await open(list);
    expect((await stand.ask({ ...good, headers: { ...good.headers, ...bearer, host } })).status).toBe(200);
  });

  it.each(['http://evil.example.com', 'https://app.example.com.evil.example', 'null', 'garbage'])(
    'of the page %s is refused with 403, and nothing of it can be read there',
    async (origin) => {
      await open();
      const { status, headers } = await stand.ask({ ...good, headers: { ...good.headers, ...bearer, origin } });
      expect(status).toBe(403);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  it('of a page that may call can be read there, once it has asked', async () => {
    await open(list);
    const origin = 'https://app.example.com';
    const asked = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    expect(await stand.ask({ method: 'OPTIONS', headers: asked })).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': origin,
        'access-control-allow-headers': 'authorization',
        'access-control-allow-methods': 'POST',
      },
    });
    const { status, headers } = await stand.ask({ ...good, headers: { ...good.headers, ...bearer, origin } });
    expect([status, headers['access-control-allow-origin']]).toEqual([200, origin]);
  });

  it.each([
    ['GET', '/mcp', 405],
    ['DELETE', '/mcp', 405],
    ['PUT', '/mcp', 405],
    ['TRACE', '/mcp', 400],
    ['POST', '/', 404],
    ['POST', '/mcp/x', 404],
    ['GET', '/.well-known/oauth-protected-resource/mcp', 404],
    ['POST', '//[', 400],
  ])('%s %s is answered with %d', async (method, path, expected) => {
    await open();
    expect((await stand.ask({ method, path, headers: bearer })).status).toBe(expected);
  });

  it.each<[string, number, RawRequest]>([
    ['no JSON', 400, { body: '{"jsonrpc":' }],
    ['nothing', 400, { body: '' }],
    ['another media type', 415, { body: 'x', headers: { 'content-type': 'text/plain' } }],
    ['another tool in its headers', 400, { headers: { 'mcp-name': 'cancel_task' } }],
    ['a version that nobody speaks', 400, { headers: { 'mcp-protocol-version': '1999-01-01' } }],
  ])('with %s is answered with %d', async (_what, expected, raw) => {
    await open();
    const headers = { ...good.headers, ...bearer, ...raw.headers };
    expect((await stand.ask({ ...good, ...raw, headers })).status).toBe(expected);
  });

  it('that is too large is refused, and the server goes on', async () => {
    await open(list);
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, 0x20);
    expect((await stand.ask({ body, headers: { ...good.headers, ...bearer } })).status).toBe(413);
    expect((await stand.ask({ ...good, headers: { ...good.headers, ...bearer } })).status).toBe(200);
  });

  it('that may wait is answered as a stream before there is anything to tell', async () => {
    let started = (): void => undefined;
    const began = new Promise<void>((resolve) => (started = resolve));
    await open(waiting(() => started()));
    const { headers, body } = toolCall('wait_task', { task_ids: ['task_1'] });
    const answer = await stand.begin({ headers: { ...headers, ...bearer }, body });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
    await began;
    stand.stop.abort();
    const chunks: string[] = [];
    for await (const chunk of answer.setEncoding('utf8')) chunks.push(String(chunk));
    expect(chunks.join('')).toContain('"timed_out":true');
  });

  it('that breaks off in the middle of its body does no harm', async () => {
    await open(list);
    const { connect } = await import('node:net');
    const socket = connect(stand.port, '127.0.0.1');
    const head = ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1', `Authorization: ${bearer.authorization}`];
    const more = ['Content-Type: application/json', 'Content-Length: 1000', '', '{"jsonrpc"'];
    await new Promise<void>((resolve) => socket.write([...head, ...more].join('\r\n'), () => resolve()));
    socket.destroy();
    expect((await stand.ask({ ...good, headers: { ...good.headers, ...bearer } })).status).toBe(200);
  });
});
