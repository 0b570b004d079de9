// What a server asks: told as questions of the task, answered, and gone on from in another process.
import { describe, expect, it } from '@jest/globals';
import { DispatchError } from '../../errors/index.js';
import { LIMITS } from './limits.js';
import { createMcpProtocolDriver } from './mcp-driver.js';
import { Host } from './testdata/host.js';
import {
  asking,
  asResult,
  formFor,
  giving,
  json,
  OLDER,
  type Respond,
  Stream,
  wireServer,
} from './testdata/wire-server.js';

const NAME = { message: 'Your name?', requestedSchema: formFor('name') };
const AGE = { message: 'Your age?', requestedSchema: { type: 'object', properties: { age: { type: 'integer' } } } };
const DONE = giving({ content: [{ type: 'text', text: 'done' }] });
const accepted = (content: object): object => ({ action: 'accept', content });

const serverThat = (...calls: Respond[]) => wireServer({ 'tools/call': calls });

describe('a question that ends the call', () => {
  it('is answered by a new call, with what the server wants to be given back', async () => {
    const server = serverThat(asking({ k1: NAME }, 'opaque'), DONE);
    const host = new Host(server.channel).follow('start');
    const { request } = await host.until('input_required');
    expect(request).toEqual({ requestId: 'question-1', question: 'Your name?', schema: formFor('name') });
    const sent = host.send('Ada', 'question-1');
    expect(await host.end()).toMatchObject({ outcome: 'succeeded', result: { text: 'done' } });
    expect(await sent).toEqual({ state: 'delivered' });
    const [first, second] = server.calls;
    expect(second?.params).toMatchObject({
      name: 'do_it',
      arguments: first?.params?.['arguments'],
      inputResponses: { k1: accepted({ name: 'Ada' }) },
      requestState: 'opaque',
    });
    expect(host.events).toContainEqual({ type: 'input_received', requestId: 'question-1' });
  });

  it('can be answered by another process, which calls no tool before', async () => {
    const server = serverThat(asking({ k1: NAME }, 'opaque'), DONE);
    const first = new Host(server.channel).follow('start');
    await first.until('input_required');
    first.following.abort(new Error('shutdown'));
    await first.end();
    const second = first.next().follow('resume');
    await second.until('input_required');
    expect(second.events.map(({ type }) => type)).toEqual(['attached', 'handle', 'input_required']);
    expect(server.calls).toHaveLength(1);
    const sent = second.send('Ada', 'question-1');
    expect(await second.end()).toMatchObject({ outcome: 'succeeded' });
    expect(await sent).toEqual({ state: 'delivered' });
    expect(server.calls[1]?.params).toMatchObject({ requestState: 'opaque', arguments: { prompt: 'Say hello.' } });
  });

  it('is not asked again once its answer may have been sent', async () => {
    const server = serverThat(asking({ k1: NAME }), () => Promise.reject(new TypeError('fetch failed')));
    const host = new Host(server.channel).follow('start');
    await host.until('input_required');
    const sent = host.send('Ada', 'question-1');
    expect(await host.end()).toMatchObject({ type: 'unknown' });
    await expect(sent).rejects.toThrow('fetch failed');
    expect(await host.next().follow('resume').end()).toMatchObject({ type: 'unknown' });
    expect(server.calls).toHaveLength(2);
  });

  it('is said to have its answer only once the server has begun to answer', async () => {
    let respond: (response: Response) => void = () => undefined;
    const held = (): Promise<Response> => new Promise((resolve) => (respond = resolve));
    const server = serverThat(asking({ k1: NAME }), held);
    const clock = { now: () => 0, sleep: async () => undefined };
    const host = new Host(server.channel, { clock }).follow('start');
    await host.until('input_required');
    let receipt: unknown;
    const sent = host.send('Ada', 'question-1').then((given) => (receipt = given));
    await host.until('input_received');
    const ended = host.end();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([server.calls.length, receipt]).toEqual([2, undefined]);
    respond(json(asResult({ id: server.calls[1]?.id }, { content: [] })));
    expect(await ended).toMatchObject({ outcome: 'succeeded' });
    expect(await sent).toEqual({ state: 'delivered' });
  });

  it('stays open where the channel is certain that its answer was not sent', async () => {
    const throttled = new DispatchError('AD_PROVIDER_THROTTLED', 'slow down');
    const server = serverThat(asking({ k1: NAME }), () => Promise.reject(throttled), DONE);
    const host = new Host(server.channel).follow('start');
    await host.until('input_required');
    const sent = host.send('Ada', 'question-1');
    await host.until('input_required');
    await expect(sent).rejects.toBe(throttled);
    const again = host.send('Ada', 'question-1');
    expect(await host.end()).toMatchObject({ outcome: 'succeeded' });
    expect(await again).toEqual({ state: 'delivered' });
  });

  it('stays open for a better answer', async () => {
    const server = serverThat(asking({ k1: AGE }), DONE);
    const host = new Host(server.channel).follow('start');
    await host.until('input_required');
    await expect(host.send('old', 'question-1')).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
    const sent = host.send('36', 'question-1');
    expect(await host.end()).toMatchObject({ outcome: 'succeeded' });
    expect(await sent).toEqual({ state: 'delivered' });
    expect(server.calls[1]?.params?.['inputResponses']).toEqual({ k1: accepted({ age: 36 }) });
  });

  it('is one with the others that the server asks at once', async () => {
    const server = serverThat(asking({ k1: NAME, k2: AGE }), DONE);
    const host = new Host(server.channel).follow('start');
    const { request } = await host.until('input_required');
    expect(request.question).toBe('k1: Your name?\nk2: Your age?');
    await expect(host.send('{"k1":"Ada"}', 'question-1')).rejects.toMatchObject({
      message: expect.stringContaining('missing: k2'),
    });
    const sent = host.send('{"k1":{"name":"Ada"},"k2":36}', 'question-1');
    await host.end();
    await sent;
    expect(server.calls[1]?.params?.['inputResponses']).toEqual({
      k1: accepted({ name: 'Ada' }),
      k2: accepted({ age: 36 }),
    });
  });

  it('without a question is called again, after a while', async () => {
    const server = serverThat(asking({}, 'busy'), DONE);
    const pauses: number[] = [];
    const clock = { now: () => 0, sleep: async (ms: number) => void pauses.push(ms) };
    const host = new Host(server.channel, { clock }).follow('start');
    expect(await host.end()).toMatchObject({ outcome: 'succeeded' });
    expect(server.calls[1]?.params).toMatchObject({ requestState: 'busy' });
    expect(pauses.length).toBeGreaterThan(0);
    expect(host.events).not.toContainEqual(expect.objectContaining({ type: 'input_required' }));
  });

  it('without a question leaves it unknown what became of the work when it cannot be called again', async () => {
    const throttled = new DispatchError('AD_PROVIDER_THROTTLED', 'slow down');
    const server = serverThat(asking({}, 'busy'), () => Promise.reject(throttled));
    const clock = { now: () => 0, sleep: async () => undefined };
    const end = await new Host(server.channel, { clock }).follow('start').end();
    expect(end).toMatchObject({ type: 'unknown', reason: expect.stringContaining('slow down') });
    expect(server.calls).toHaveLength(2);
  });

  it('for what this host does not give ends the work', async () => {
    const sampling: Respond = ({ id }) =>
      new Response(
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          result: {
            resultType: 'input_required',
            inputRequests: { k: { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } } },
          },
        }),
        { headers: { 'content-type': 'application/json' } },
      );
    const end = await new Host(serverThat(sampling).channel).follow('start').end();
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_RESPONSE' } });
  });

  it('is nothing to stop', async () => {
    const server = serverThat(asking({ k1: NAME }));
    const host = new Host(server.channel).follow('start');
    await host.until('input_required');
    host.following.abort(new Error('cancelled'));
    await host.end();
    expect(await host.next().cancel()).toBe('stopped');
  });

  it.each([
    ['a secret', 's3cret'],
    ['more than a handle takes', 'x'.repeat(LIMITS.keptBytes)],
  ])('is not kept with %s in its state', async (_name, state) => {
    const server = serverThat(asking({ k1: NAME }, state), DONE);
    const host = new Host(server.channel).follow('start');
    await host.until('input_required');
    expect(JSON.stringify(host.handle)).not.toContain(state);
    const sent = host.send('Ada', 'question-1');
    expect(await host.end()).toMatchObject({ outcome: 'succeeded' });
    await sent;
    expect(server.calls[1]?.params?.['requestState']).toBe(state);
  });

  it('that is too long for a record is asked in part', async () => {
    const long = { message: 'é'.repeat(20_000), requestedSchema: formFor('name') };
    const server = serverThat(asking({ k1: long }));
    const host = new Host(server.channel, {}, createMcpProtocolDriver()).follow('start');
    const { request } = await host.until('input_required');
    expect(Buffer.byteLength(JSON.stringify(request))).toBeLessThanOrEqual(LIMITS.questionBytes);
    expect(request.question).toMatch(/^é+\n\[answer with JSON/);
    host.following.abort(new Error('enough'));
    await host.end();
  });
});

describe('a question on the connection of the call', () => {
  const elicit = { jsonrpc: '2.0', id: 77, method: 'elicitation/create', params: NAME };
  /** What a POST without a method is: the answer to a question. */
  const taken = (status: number): Readonly<Record<string, Respond>> => ({ POST: () => new Response(null, { status }) });

  it('is answered there, while the call goes on', async () => {
    const stream = new Stream();
    const server = wireServer({ ...OLDER, ...taken(202), 'tools/call': () => stream.response });
    const host = new Host(server.channel).follow('start');
    await host.until('attached');
    stream.tell(elicit);
    const { request } = await host.until('input_required');
    const sent = host.send('Ada', request.requestId);
    await host.until('input_received');
    expect(await sent).toEqual({ state: 'delivered' });
    expect(server.received.at(-1)).toMatchObject({ id: 77, result: accepted({ name: 'Ada' }) });
    stream.tell(asResult({ id: server.calls[0]?.id }, { content: [] }));
    stream.end();
    expect(await host.end()).toMatchObject({ outcome: 'succeeded' });
  });

  it('whose answer the server does not take is not said to be answered', async () => {
    const stream = new Stream();
    const server = wireServer({ ...OLDER, ...taken(500), 'tools/call': () => stream.response });
    const host = new Host(server.channel).follow('start');
    await host.until('attached');
    stream.tell(elicit);
    const { request } = await host.until('input_required');
    await expect(host.send('Ada', request.requestId)).rejects.toThrow('not taken');
    host.following.abort(new Error('enough'));
    await host.end();
  });

  it('that the server withdraws while it is given the answer is not said to be answered', async () => {
    const stream = new Stream();
    const server = wireServer({
      ...OLDER,
      POST: () => new Promise(() => undefined),
      'tools/call': () => stream.response,
    });
    const host = new Host(server.channel).follow('start');
    await host.until('attached');
    stream.tell(elicit);
    const { request } = await host.until('input_required');
    const sent = host.send('Ada', request.requestId);
    await host.until('input_received');
    stream.tell({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 77, reason: 'too late' } });
    await expect(sent).rejects.toThrow('not taken');
    host.following.abort(new Error('enough'));
    await host.end();
  });

  it('that the server withdraws can be answered no longer', async () => {
    const stream = new Stream();
    const server = wireServer({ ...OLDER, 'tools/call': () => stream.response });
    const host = new Host(server.channel).follow('start');
    await host.until('attached');
    stream.tell(elicit);
    const { request } = await host.until('input_required');
    stream.tell({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 77, reason: 'too late' } });
    expect(await host.until('input_received')).toEqual({ type: 'input_received', requestId: request.requestId });
    expect(await host.send('Ada', request.requestId)).toMatchObject({ state: 'rejected' });
    host.following.abort(new Error('enough'));
    await host.end();
  });
});
