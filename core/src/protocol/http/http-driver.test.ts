import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { DispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { createHttpProtocolDriver, httpProtocolDriver } from './http-driver.js';
import { type HttpLimits, LIMITS } from './limits.js';
import {
  answering,
  collect,
  contextFor,
  HANDLE,
  type LoopbackAgent,
  logTexts,
  startLoopbackAgent,
} from './testdata/loopback-agent.js';

let agent: LoopbackAgent | undefined;
afterEach(async () => agent?.close());

interface Run {
  context?: Partial<DriverContext>;
  limits?: Partial<HttpLimits>;
}

async function run(answer: (response: ServerResponse) => void | Promise<void>, more: Run = {}): Promise<DriverEvent[]> {
  agent = await startLoopbackAgent(answer);
  const driver = createHttpProtocolDriver({ ...LIMITS, ...more.limits });
  return collect(driver.start(agent.channel, HANDLE, contextFor(more.context)));
}

const endOf = (events: readonly DriverEvent[]): unknown => events.at(-1);
const failedWith = (code: string, message: unknown = expect.any(String)): unknown =>
  expect.objectContaining({ type: 'ended', outcome: 'failed', error: expect.objectContaining({ code, message }) });
const sse = (...data: unknown[]): string => data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('');

describe('the request', () => {
  it('is one POST of the instruction with context, task id and attempt', async () => {
    const base = contextFor();
    const input = { instruction: 'Grüße', context: { ticket: 7 } };
    await run(answering('application/json', '{}'), { context: { attempt: 2, request: { ...base.request, input } } });
    expect(agent?.received).toHaveLength(1);
    expect(agent?.received[0]).toMatchObject({
      method: 'POST',
      url: '/invocations',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
    });
    expect(JSON.parse(agent?.received[0]?.body ?? '')).toEqual({
      prompt: 'Grüße',
      context: { ticket: 7 },
      taskId: 'task_01',
      attempt: 2,
    });
  });

  it('ends with the coded error of a channel that is certain that nothing began', async () => {
    const refused = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(refused) };
    await expect(collect(httpProtocolDriver.start(channel, HANDLE, contextFor()))).rejects.toBe(refused);
  });

  it.each([
    ['an ambiguous error', new DispatchError('AD_TASK_OUTCOME_UNKNOWN', 'lost', { details: { ambiguous: true } })],
    ['an error without a code', new TypeError('fetch failed')],
  ])('ends unknown on %s of the channel, and is not sent again', async (_name, error) => {
    let calls = 0;
    const channel: Channel = { fetch: () => Promise.reject((calls++, error)) };
    const events = await collect(httpProtocolDriver.start(channel, HANDLE, contextFor()));
    expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining(error.message) }]);
    expect(calls).toBe(1);
  });
});

describe('an event stream', () => {
  it('is yielded event by event while the agent is still at work', async () => {
    let next: (text?: string) => void = () => undefined;
    const answer = async (response: ServerResponse): Promise<void> => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      for (;;) {
        const text = await new Promise<string | undefined>((resolve) => (next = resolve));
        if (text === undefined) return void response.end();
        response.write(sse(text));
      }
    };
    agent = await startLoopbackAgent(answer);
    const events = httpProtocolDriver.start(agent.channel, HANDLE, contextFor())[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ type: 'attached' });
    for (const text of ['one ', 'two ', 'three']) {
      next(text);
      expect((await events.next()).value).toEqual({ type: 'log', stream: 'agent', text });
    }
    next();
    expect((await events.next()).value).toEqual({
      type: 'ended',
      outcome: 'succeeded',
      result: { text: 'one two three' },
    });
    expect((await events.next()).done).toBe(true);
  });

  it('is read by its usual text fields, other events as compact JSON on lines of their own', async () => {
    const events = await run(
      answering(
        'text/event-stream; charset=utf-8',
        sse({ delta: 'a' }, { text: 'b' }, { step: 1 }, { message: 'done' }, { data: 'c' }) + 'data: plain words\n\n',
      ),
    );
    expect(logTexts(events).join('')).toBe('ab\n{"step":1}\ndone\ncplain words');
  });

  it('survives characters and events cut anywhere', async () => {
    const bytes = Buffer.from(sse('Grüße 🌍', 'ende'));
    const events = await run(answering('text/event-stream', ...Array.from(bytes, (byte) => Uint8Array.of(byte))));
    expect(logTexts(events)).toEqual(['Grüße 🌍', 'ende']);
  });

  it('takes a last event without its empty line', async () => {
    const events = await run(answering('text/event-stream', 'data: {"text":"last"}'));
    expect(endOf(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'last' } });
  });

  it.each([
    ['a value', { rows: 3 }, { json: { rows: 3 } }],
    ['a text', 'forty-two', { text: 'forty-two' }],
    ['null', null, { json: null }],
  ])('has the last explicit result as its result: %s', async (_name, result, expected) => {
    const events = await run(answering('text/event-stream', sse({ result: 'early' }, 'words', { result }, 'bye')));
    expect(endOf(events)).toEqual({ type: 'ended', outcome: 'succeeded', result: expected });
  });

  it('fails when its last event is an error, with the secret taken out', async () => {
    const events = await run(answering('text/event-stream', sse('working', { error: 'key s3cret was refused' })));
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_AGENT_ERROR', 'key [redacted] was refused'));
  });

  it('does not fail on an error from which the agent goes on', async () => {
    const events = await run(answering('text/event-stream', sse({ error: 'tool failed' }, { result: 'fine' })));
    expect(endOf(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'fine' } });
  });

  it('that holds no event is not the protocol', async () => {
    const events = await run(answering('text/event-stream', '<html>\n<body>\n'));
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_RESPONSE'));
  });

  it('that breaks ends unknown, after all that came', async () => {
    const events = await run(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      await new Promise<void>((resolve) => response.write(sse('half'), () => resolve()));
      response.destroy();
    });
    expect(logTexts(events)).toEqual(['half']);
    expect(endOf(events)).toMatchObject({ type: 'unknown' });
    expect(agent?.received).toHaveLength(1);
  });

  it('that is followed no longer is cancelled at the agent', async () => {
    agent = await startLoopbackAgent((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse('first'));
    });
    for await (const event of httpProtocolDriver.start(agent.channel, HANDLE, contextFor())) {
      if (event.type === 'log') break;
    }
    await expect(agent.clientGone).resolves.toBeUndefined();
  });

  it('ends unknown at once when the context aborts', async () => {
    const abort = new AbortController();
    agent = await startLoopbackAgent((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse('first'));
    });
    const events: DriverEvent[] = [];
    for await (const event of httpProtocolDriver.start(agent.channel, HANDLE, contextFor({ signal: abort.signal }))) {
      events.push(event);
      if (event.type === 'log') abort.abort();
    }
    expect(endOf(events)).toMatchObject({ type: 'unknown', reason: expect.stringContaining('aborted') });
    await agent.clientGone;
  });

  it('settles on abort even when the channel does not pass the signal on', async () => {
    const abort = new AbortController();
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const headers = { 'content-type': 'application/json' };
    const channel: Channel = { fetch: () => Promise.resolve(new Response(body, { headers })) };
    const events: DriverEvent[] = [];
    for await (const event of httpProtocolDriver.start(channel, HANDLE, contextFor({ signal: abort.signal }))) {
      events.push(event);
      abort.abort();
    }
    expect(events).toMatchObject([{ type: 'attached' }, { type: 'unknown' }]);
    expect(cancelled).toBe(true);
  });
});

describe('lines of JSON', () => {
  it('are read as they come, empty ones passed over', async () => {
    const events = await run(answering('application/x-ndjson', '{"text":"a"}\n\n{"te', 'xt":"b"}\r\n{"result":[1]}'));
    expect(logTexts(events)).toEqual(['a', 'b', '\n{"result":[1]}\n']);
    expect(endOf(events)).toMatchObject({ result: { json: [1] } });
  });

  it('that are not JSON are not the protocol', async () => {
    const events = await run(answering('application/jsonl', '{"text":"a"}\nnonsense\n'));
    expect(logTexts(events)).toEqual(['a']);
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_RESPONSE'));
  });
});

describe('a JSON document', () => {
  it.each([
    ['an object', '{"answer":', '42}', { answer: 42 }],
    ['a text', '"Grü', 'ße"', 'Grüße'],
    ['null', 'nu', 'll', null],
  ])('is the result: %s', async (_name, first, second, json) => {
    const events = await run(answering('application/json', first, second));
    expect(endOf(events)).toEqual({ type: 'ended', outcome: 'succeeded', result: { json } });
  });

  it.each([
    ['malformed', '{"answer":'],
    ['empty', ''],
  ])('that is %s is not the protocol', async (_name, body) => {
    const events = await run(answering('application/problem+json', body));
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_RESPONSE'));
  });
});

describe('another answer', () => {
  it.each(['text/plain', 'application/octet-stream', undefined])('of type %s is text', async (type) => {
    const events = await run(answering(type, 'plain ', 'words'));
    expect(logTexts(events).join('')).toBe('plain words');
    expect(endOf(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'plain words' } });
  });

  it('without a body succeeds without a result', async () => {
    const events = await run((response) => void response.writeHead(204).end());
    expect(endOf(events)).toEqual({ type: 'ended', outcome: 'succeeded' });
  });

  it('of a type that is no text is refused', async () => {
    const events = await run(answering('image/png', 'x'));
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_RESPONSE', expect.stringContaining('image/png')));
  });

  it('with an error status fails with the status and what the agent said, without secrets', async () => {
    const events = await run((response) => void response.writeHead(500).end('boom\n  with s3cret'));
    expect(endOf(events)).toEqual(
      failedWith('AD_PROTOCOL_AGENT_ERROR', expect.stringContaining('500: boom with [red')),
    );
    expect(endOf(events)).toMatchObject({ error: { details: { status: 500 } } });
  });

  it('with an endless error text is read no further than its beginning', async () => {
    const pour = (response: ServerResponse): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
      response.once('drain', () => pour(response));
    };
    const events = await run((response) => pour(response.writeHead(503)), { limits: { excerptBytes: 100 } });
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_AGENT_ERROR', expect.stringMatching(/503: x{100}$/)));
    await agent?.clientGone;
  });

  it('that redirects is not followed', async () => {
    agent = await startLoopbackAgent((response) => void response.writeHead(304).end());
    const events = await collect(httpProtocolDriver.start(agent.channel, HANDLE, contextFor()));
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_RESPONSE'));
  });
});

describe('the limits', () => {
  it.each([
    ['a document', 'application/json', `"${'x'.repeat(200)}"`, { jsonBytes: 100 }],
    ['a stream', 'text/plain', 'x'.repeat(200), { streamBytes: 100 }],
    ['an event', 'text/event-stream', `data: ${'x'.repeat(200)}`, { eventCharacters: 100 }],
    ['a line', 'application/jsonl', 'x'.repeat(200), { eventCharacters: 100 }],
  ])('refuse %s that is too large', async (_name, type, body, limits) => {
    const events = await run(answering(type, body), { limits });
    expect(endOf(events)).toEqual(failedWith('AD_PROTOCOL_TOO_LARGE'));
  });

  it('cut the result of a long stream and say so, while the log has it all', async () => {
    const events = await run(answering('text/plain', 'abcdefgh', 'ijk'), { limits: { resultCharacters: 10 } });
    expect(logTexts(events).join('')).toBe('abcdefghijk');
    expect(endOf(events)).toMatchObject({ result: { text: expect.stringMatching(/^abcdefghij\n\[cut after 10 /) } });
  });

  it('keep each log event under 64 KiB without cutting a character', async () => {
    const text = '🌍'.repeat(40_000);
    const events = await run(answering('application/json', JSON.stringify(text)));
    expect(logTexts(events).join('')).toBe(text);
    expect(Math.max(...logTexts(events).map((part) => Buffer.byteLength(part)))).toBeLessThanOrEqual(65_536);
    expect(logTexts(events).filter((part) => Buffer.from(part).includes('\uFFFD'))).toEqual([]);
  });
});

it('a resume cannot tell what became of the work, and sends nothing', async () => {
  const channel: Channel = { fetch: () => Promise.reject(new Error('must not be called')) };
  const events = await collect(httpProtocolDriver.resume(channel, HANDLE, contextFor()));
  expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining('cannot be asked') }]);
});
