// Calls on servers that are wrong on the wire, and what is done before and beside a call. How right ones are spoken to is tried
// against the servers of MCP's own project.
import { describe, expect, it, jest } from '@jest/globals';
import { DispatchError, type ErrorCode } from '../../errors/index.js';
import type { Channel } from '../../provider/index.js';
import { contextFor } from '../http/testdata/loopback-agent.js';
import { LIMITS } from './limits.js';
import { createMcpProtocolDriver } from './mcp-driver.js';
import { Host } from './testdata/host.js';
import { asResult, failing, frame, giving, json, OLDER, Stream, streamed, wireServer } from './testdata/wire-server.js';

const coded = (code: ErrorCode): unknown => expect.objectContaining({ code });
const DONE = { content: [{ type: 'text', text: 'done' }] };
const failedWith = (code: ErrorCode): unknown =>
  expect.objectContaining({ type: 'ended', outcome: 'failed', error: expect.objectContaining({ code }) });

describe('the call', () => {
  it('has the instruction, asks for messages and progress, and is sent once', async () => {
    const server = wireServer({ 'tools/call': giving(DONE) });
    const end = await new Host(server.channel).follow('start').end();
    expect(end).toEqual({ type: 'ended', outcome: 'succeeded', result: { text: 'done' } });
    expect(server.calls).toHaveLength(1);
    expect(server.calls[0]?.params).toMatchObject({ name: 'do_it', arguments: { prompt: 'Say hello.' } });
    expect(server.calls[0]?.params?._meta).toMatchObject({
      'io.modelcontextprotocol/logLevel': 'info',
      progressToken: expect.anything(),
    });
  });

  it('is not made where the tool wants what the task does not give', async () => {
    const inputSchema = {
      type: 'object',
      properties: { prompt: { type: 'string' } },
      required: ['prompt', 'repository'],
    };
    const server = wireServer({ 'tools/list': giving({ tools: [{ name: 'review', inputSchema }] }) });
    await expect(new Host(server.channel).follow('start').end()).rejects.toEqual(coded('AD_INPUT_INVALID'));
    expect(server.calls).toEqual([]);
  });

  it('tells messages and progress as they come', async () => {
    const stream = new Stream();
    const server = wireServer({ 'tools/call': () => stream.response });
    const host = new Host(server.channel).follow('start');
    await host.until('attached');
    const [{ id, params } = {}] = server.calls;
    stream.tell({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: { step: 1 } } });
    expect(await host.until('log')).toEqual({ type: 'log', stream: 'agent', text: '{"step":1}\n' });
    const progress = { progressToken: params?._meta?.['progressToken'], progress: 3, total: 4, message: 'almost' };
    stream.tell({ jsonrpc: '2.0', method: 'notifications/progress', params: progress });
    expect(await host.until('progress')).toEqual({ type: 'progress', message: 'almost', fraction: 0.75 });
    stream.tell(asResult({ id }, DONE));
    stream.end();
    expect(await host.end()).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['a result for another call', () => json(asResult({ id: 4711 }, DONE))],
    ['a stream of nonsense', () => streamed('data: nonsense\n\n', 'data: {"jsonrpc":"1.0"}\n\n')],
    ['a stream with the result of another call', () => streamed(frame(asResult({ id: 4711 }, DONE)))],
    ['a page of HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a result of another shape', giving({ content: 'done' })],
    ['broken JSON', () => new Response('{"jsonrpc', { headers: { 'content-type': 'application/json' } })],
    [
      'a redirection to another host',
      () => new Response(null, { status: 307, headers: { location: 'http://elsewhere.example/mcp' } }),
    ],
    ['a redirection to another path', () => new Response(null, { status: 307, headers: { location: '/other' } })],
  ])('fails with a code: %s', async (_name, respond) => {
    const server = wireServer({ 'tools/call': respond });
    expect(await new Host(server.channel).follow('start').end()).toEqual(failedWith('AD_PROTOCOL_RESPONSE'));
    expect(server.calls).toHaveLength(1);
  });

  it.each([
    ['nothing at all', () => new Response(null, { status: 202 })],
    ['a stream that ends without a result', () => streamed(': alive\n\n')],
    [
      'a stream that breaks',
      () => {
        const stream = new Stream();
        stream.tell({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'half' } });
        setImmediate(() => stream.cut());
        return stream.response;
      },
    ],
    ['a connection that breaks', () => Promise.reject(new TypeError('fetch failed'))],
    [
      'an ambiguous error of the channel',
      () => Promise.reject(new DispatchError('AD_PROVIDER_UNAVAILABLE', 'lost', { details: { ambiguous: true } })),
    ],
  ])('leaves it unknown what became of the work, and is not sent again: %s', async (_name, respond) => {
    const server = wireServer({ 'tools/call': respond });
    const host = new Host(server.channel).follow('start');
    expect(await host.end()).toMatchObject({ type: 'unknown' });
    expect(server.calls).toHaveLength(1);
    expect(await host.next().follow('resume').end()).toMatchObject({ type: 'unknown' });
  });

  it.each([
    ['an error of the protocol', failing(-32602, 'no such prompt'), /no such prompt/],
    ['an HTTP status', () => new Response('out of order', { status: 503 }), /status 503: out of order/],
    [
      'a failure of the tool',
      giving({ isError: true, content: [{ type: 'text', text: 'the disk is full' }] }),
      /the disk is full/,
    ],
  ])('that is %s fails with the words of the agent', async (_name, respond, words) => {
    const server = wireServer({ 'tools/call': respond });
    const end = await new Host(server.channel).follow('start').end();
    expect(end).toEqual(failedWith('AD_PROTOCOL_AGENT_ERROR'));
    expect(JSON.stringify(end)).toMatch(words);
  });

  it('is none of the agent where the channel is certain that it got nothing', async () => {
    const denied = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const server = wireServer({ 'tools/call': () => Promise.reject(denied) });
    await expect(new Host(server.channel).follow('start').end()).rejects.toBe(denied);
  });
});

describe('the handshake', () => {
  it.each([
    ['a failing container', () => Promise.reject(new DispatchError('AD_PROVIDER_AGENT_FAILED', 'it answered 400'))],
    ['an HTTP status of 500', () => new Response('?', { status: 500 })],
    ['nothing', () => new Response(null, { status: 202 })],
    ['something else', () => new Response('hello', { headers: { 'content-type': 'text/plain' } })],
  ])(
    'goes on with the older revisions where the question for the newer ones is answered with %s',
    async (_name, respond) => {
      const server = wireServer({ ...OLDER, 'server/discover': respond, 'tools/call': giving(DONE) });
      expect(await new Host(server.channel).follow('start').end()).toMatchObject({ outcome: 'succeeded' });
    },
  );

  it('goes on where the channel refuses everything but requests', async () => {
    const refuse = () => Promise.reject(new DispatchError('AD_PROTOCOL_UNSUPPORTED', 'POST alone'));
    const server = wireServer({ ...OLDER, GET: refuse, DELETE: refuse, 'tools/call': giving(DONE) });
    expect(await new Host(server.channel).follow('start').end()).toMatchObject({ outcome: 'succeeded' });
  });

  it('with a server that has no tools begins nothing, and prints nothing', async () => {
    const debug = jest.spyOn(console, 'debug').mockImplementation(() => undefined);
    const server = wireServer({ 'server/discover': giving({ supportedVersions: ['2026-07-28'], capabilities: {} }) });
    await expect(new Host(server.channel).follow('start').end()).rejects.toEqual(coded('AD_INPUT_INVALID'));
    expect(debug).not.toHaveBeenCalled();
    debug.mockRestore();
  });

  it.each([
    ['is denied', new DispatchError('AD_PROVIDER_DENIED', 'no'), 'AD_PROVIDER_DENIED'],
    ['reaches nobody', new TypeError('fetch failed'), 'AD_PROVIDER_UNAVAILABLE'],
  ] as const)('that %s begins nothing, and is not tried in another way', async (_name, error, code) => {
    const server = wireServer({ 'server/discover': () => Promise.reject(error) });
    await expect(new Host(server.channel).follow('start').end()).rejects.toEqual(coded(code));
    expect(server.received).toHaveLength(1);
  });
});

describe('a flood', () => {
  const limited = (limits: Partial<Record<keyof typeof LIMITS, number>>) =>
    createMcpProtocolDriver({ ...LIMITS, ...limits });
  const run = (channel: Channel, limits: Partial<Record<keyof typeof LIMITS, number>>): Promise<unknown> =>
    new Host(channel, {}, limited(limits)).follow('start').end();

  it('of tools is given up', async () => {
    let pages = 0;
    const counted = wireServer({
      'tools/list': (message) => json(asResult(message, { tools: [], nextCursor: String((pages += 1)) })),
    });
    await expect(run(counted.channel, { toolPages: 3 })).rejects.toEqual(coded('AD_PROTOCOL_RESPONSE'));
    const large = wireServer({ 'tools/list': giving({ tools: [], filler: 'x'.repeat(2000) }) });
    await expect(run(large.channel, { handshakeBytes: 1000 })).rejects.toEqual(coded('AD_PROTOCOL_TOO_LARGE'));
  });

  it.each([
    ['one message', { callBytes: 1000 }],
    ['all messages', { streamBytes: 1000 }],
  ])('in %s of a call is given up', async (_name, limits) => {
    const message = {
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'info', data: 'x'.repeat(2000) },
    };
    const server = wireServer({ 'tools/call': () => streamed(frame(message)) });
    expect(await run(server.channel, limits)).toEqual(failedWith('AD_PROTOCOL_TOO_LARGE'));
  });

  it('of progress is recorded in part', async () => {
    const server = wireServer({
      'tools/call': (message) => {
        const progressToken = message.params?._meta?.['progressToken'];
        const told = [1, 2, 3, 4].map((progress) =>
          frame({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress } }),
        );
        return streamed(...told, frame(asResult(message, DONE)));
      },
    });
    const host = new Host(server.channel, {}, limited({ toldEvents: 2 })).follow('start');
    expect(await host.end()).toMatchObject({ outcome: 'succeeded' });
    const kept = host.events.filter(({ type }) => type === 'progress' || type === 'log');
    expect(kept).toEqual([
      { type: 'progress', message: '1' },
      { type: 'progress', message: '2' },
      { type: 'log', stream: 'system', text: expect.stringContaining('too much') },
      { type: 'log', stream: 'agent', text: 'done' },
    ]);
  });

  it('is read no faster than its events are taken', async () => {
    let poured = 0;
    const message = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } };
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => (poured++, controller.enqueue(Buffer.from(frame(message)))) },
      { highWaterMark: 0 },
    );
    const response = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    const server = wireServer({ 'tools/call': () => response });
    const host = new Host(server.channel, {}, limited({ waitingEvents: 10 })).follow('start');
    await host.until('log');
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(poured).toBeLessThan(50);
    host.following.abort(new Error('enough'));
    expect(await host.end()).toMatchObject({ type: 'unknown' });
  });
});

describe('a cancel', () => {
  const call = async (answers: Parameters<typeof wireServer>[0]) => {
    const stream = new Stream();
    const server = wireServer({ 'tools/call': () => stream.response, ...answers });
    const host = new Host(server.channel).follow('start');
    await host.until('attached');
    host.following.abort(new Error('cancelled'));
    await host.end();
    return { host, server };
  };

  it('names the call to a server with sessions', async () => {
    const { host, server } = await call({
      ...OLDER,
      'notifications/cancelled': () => new Response(null, { status: 202 }),
    });
    expect(await host.next().cancel()).toBe('requested');
    const [{ id } = {}] = server.calls;
    expect(server.received.at(-1)).toMatchObject({ method: 'notifications/cancelled', params: { requestId: id } });
  });

  it('needs nothing more where the end of the connection says it', async () => {
    const { host, server } = await call({});
    const before = server.received.length;
    expect(await host.next().cancel()).toBe('requested');
    expect(server.received).toHaveLength(before);
  });

  it('is nothing where nothing was sent', async () => {
    const { channel } = wireServer({});
    const driver = createMcpProtocolDriver();
    expect(await driver.cancel?.(channel, { version: 1, data: {}, resources: [] }, contextFor())).toBe('unsupported');
  });
});
