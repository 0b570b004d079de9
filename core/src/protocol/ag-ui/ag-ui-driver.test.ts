import { afterEach, describe, expect, it } from '@jest/globals';
import type { RunAgentInput } from '@ag-ui/core';
import { DispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent, Handle } from '../../provider/index.js';
import { answering, collect, contextFor, HANDLE, logTexts } from '../http/testdata/loopback-agent.js';
import { agUiProtocolDriver, createAgUiProtocolDriver } from './ag-ui-driver.js';
import { type AgUiLimits, LIMITS } from './limits.js';
import { type AgUiAgent, type Answer, startAgent, telling, wholeRun } from './testdata/agent.js';
import { finished, said, sse, started } from './testdata/events.js';

/** The latest. */
let agent: AgUiAgent | undefined;
const agents: AgUiAgent[] = [];
afterEach(async () => {
  for (const each of agents.splice(0)) await each.close();
});

async function open(answer: Answer): Promise<AgUiAgent> {
  agent = await startAgent(answer);
  agents.push(agent);
  return agent;
}

interface Run {
  context?: Partial<DriverContext>;
  limits?: Partial<AgUiLimits>;
}

async function run(answer: Answer, { context, limits }: Run = {}): Promise<DriverEvent[]> {
  const { channel } = await open(answer);
  const driver = createAgUiProtocolDriver({ ...LIMITS, ...limits });
  return collect(driver.start(channel, HANDLE, contextFor(context)));
}

const failedWith = (code: string, message: unknown = expect.any(String)): unknown =>
  expect.objectContaining({ type: 'ended', outcome: 'failed', error: expect.objectContaining({ code, message }) });
const inputOf = (index: number): RunAgentInput | undefined => agent?.inputs[index];
const withInput = (input: object): Partial<DriverContext> => {
  const { request } = contextFor();
  return { request: { ...request, input } };
};

describe('the request', () => {
  it("is one POST of the instruction as the user's message, in a thread and a run of its own", async () => {
    await run(wholeRun(), { context: withInput({ instruction: 'Grüße', context: { ticket: 7, note: 'as is' } }) });
    expect(agent?.received).toHaveLength(1);
    expect(agent?.received[0]).toMatchObject({
      method: 'POST',
      url: '/invocations',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    expect(inputOf(0)).toEqual({
      threadId: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
      runId: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
      protocolVersion: '1.0',
      state: {},
      messages: [{ id: expect.any(String), role: 'user', content: 'Grüße' }],
      tools: [],
      context: [
        { description: 'ticket', value: '7' },
        { description: 'note', value: 'as is' },
      ],
      forwardedProps: {},
    });
  });

  it('bears the same ids whenever the same attempt sends it, and others in another attempt', async () => {
    const idsOf = async (attempt: number): Promise<unknown> => {
      await run(wholeRun(), { context: { attempt } });
      const input = inputOf(0);
      return [input?.threadId, input?.runId, input?.messages[0]?.id];
    };
    const first = await idsOf(1);
    expect(await idsOf(1)).toEqual(first);
    expect(await idsOf(2)).not.toEqual(first);
    expect(new Set(first as string[]).size).toBe(3);
  });

  it('goes on in the thread of the task before it', async () => {
    const earlier = await run(wholeRun());
    const { handle } = earlier[0] as { handle: Handle };
    const first = inputOf(0);
    await run(wholeRun(), { context: { taskId: 'task_02', continued: { taskId: 'task_01', handle } } });
    expect(inputOf(0)?.threadId).toBe(first?.threadId);
    expect(inputOf(0)?.runId).not.toBe(first?.runId);
  });

  it('is sent only after the handle that names its thread is stored', async () => {
    const { channel } = await open(wholeRun());
    const events = agUiProtocolDriver.start(channel, HANDLE, contextFor())[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({
      type: 'handle',
      handle: { conversation: { agUi: { run: 1 } } },
    });
    expect(agent?.received).toHaveLength(0);
    await events.return?.();
  });

  it('ends with the coded error of a channel that is certain that nothing began', async () => {
    const refused = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(refused) };
    await expect(collect(agUiProtocolDriver.start(channel, HANDLE, contextFor()))).rejects.toBe(refused);
  });

  it.each([
    ['an ambiguous error', new DispatchError('AD_TASK_OUTCOME_UNKNOWN', 'lost', { details: { ambiguous: true } })],
    ['an error without a code', new TypeError('fetch failed with s3cret')],
  ])('ends unknown on %s of the channel, and is not sent again', async (_name, error) => {
    let calls = 0;
    const channel: Channel = { fetch: () => Promise.reject((calls++, error)) };
    const events = await collect(agUiProtocolDriver.start(channel, HANDLE, contextFor()));
    expect(events.slice(1)).toEqual([{ type: 'unknown', reason: expect.not.stringContaining('s3cret') }]);
    expect(calls).toBe(1);
  });
});

describe('the stream', () => {
  it('is yielded event by event while the agent is still at work', async () => {
    let next: (event?: unknown) => void = () => undefined;
    const { channel } = await open(async (response, names) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(started(names), { type: 'TEXT_MESSAGE_START', messageId: 'm' }));
      for (;;) {
        const delta = await new Promise((resolve) => (next = resolve));
        if (delta === undefined) return void response.end(sse(finished({ result: 'over' }, names)));
        response.write(sse({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta }));
      }
    });
    const events = agUiProtocolDriver.start(channel, HANDLE, contextFor())[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ type: 'handle' });
    expect((await events.next()).value).toMatchObject({ type: 'attached' });
    for (const text of ['one ', 'two ', 'three']) {
      next(text);
      expect((await events.next()).value).toEqual({ type: 'log', stream: 'agent', text });
    }
    next();
    expect((await events.next()).value).toEqual({ type: 'ended', outcome: 'succeeded', result: { text: 'over' } });
    expect((await events.next()).done).toBe(true);
  });

  it('survives characters and events cut anywhere, comments, and CRLF', async () => {
    const events = await run((response, names) => {
      const text = `: hello\r\n${sse(started(names), ...said('m', 'Grüße 🌍'), finished({}, names))}`;
      return answering('text/event-stream', ...Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte)))(response);
    });
    expect(logTexts(events)).toEqual(['Grüße 🌍']);
    expect(events.at(-1)).toEqual({ type: 'ended', outcome: 'succeeded', result: { text: 'Grüße 🌍' } });
  });

  it.each<[title: string, answer: Answer, end: unknown]>([
    [
      'of a run that was cancelled ends cancelled',
      (response, names) =>
        telling(started(names), finished({ outcome: { type: 'cancelled' } }, names))(response, names),
      { type: 'ended', outcome: 'cancelled' },
    ],
    [
      'of a run that failed ends failed, without a secret',
      (response, names) => telling(started(names), { type: 'RUN_ERROR', message: 'bad s3cret' })(response, names),
      failedWith('AD_PROTOCOL_AGENT_ERROR', 'bad [redacted]'),
    ],
    [
      'that is no JSON ends failed',
      answering('text/event-stream', 'data: {"type":\n\n'),
      failedWith('AD_PROTOCOL_RESPONSE'),
    ],
    [
      'that holds no event ends failed',
      answering('text/event-stream', 'hello\n\n'),
      failedWith('AD_PROTOCOL_RESPONSE'),
    ],
    [
      'that is a web page ends failed',
      answering('text/html', '<html>'),
      failedWith('AD_PROTOCOL_RESPONSE', expect.stringContaining('text/html')),
    ],
    ['that says no type ends failed', answering(undefined, '{}'), failedWith('AD_PROTOCOL_RESPONSE')],
  ])('%s', async (_title, answer, end) => {
    expect((await run(answer)).at(-1)).toEqual(end);
  });

  it.each([
    [400, 'AD_PROTOCOL_AGENT_ERROR'],
    [500, 'AD_PROTOCOL_AGENT_ERROR'],
    [304, 'AD_PROTOCOL_RESPONSE'],
  ])('is none when the agent answers with status %d', async (status, code) => {
    const events = await run((response) => void response.writeHead(status).end('it says s3cret'));
    expect(events.at(-1)).toEqual(failedWith(code, expect.stringMatching(/status \d+/)));
  });

  it.each<[title: string, answer: Answer]>([
    ['ends before its run does', (response, names) => telling(started(names), ...said('m', 'half'))(response, names)],
    ['ends after a history, before our run', telling(started(), { type: 'STEP_STARTED', stepName: 's' })],
    [
      'is broken off',
      async (response, names) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        await new Promise<void>((resolve) => response.write(sse(started(names)), () => resolve()));
        response.destroy();
      },
    ],
  ])('that %s has an unknown end', async (_title, answer) => {
    const events = await run(answer);
    expect(events.at(-1)).toEqual({ type: 'unknown', reason: expect.stringContaining('its end was not seen') });
    expect(agent?.received).toHaveLength(1);
  });

  it('ends with its run, though the connection breaks after that', async () => {
    const events = await run(async (response, names) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const text = sse(started(names), finished({ result: 1 }, names)) + 'data: {"ty';
      await new Promise<void>((resolve) => response.write(text, () => resolve()));
      response.destroy();
    });
    expect(events.at(-1)).toEqual({ type: 'ended', outcome: 'succeeded', result: { json: 1 } });
  });

  it('ends with its run, though the agent never closes the connection', async () => {
    let waited: number | undefined;
    const clock = { now: () => 0, sleep: async (ms: number) => void (waited = ms) };
    const events = await run(
      (response, names) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(started(names), finished({ result: 1 }, names)));
      },
      { context: { clock } },
    );
    expect(events.at(-1)).toEqual({ type: 'ended', outcome: 'succeeded', result: { json: 1 } });
    expect(waited).toBe(LIMITS.lateErrorMs);
    await agent?.clientGone;
  });

  it('is left, with an unknown end, when following it is aborted', async () => {
    const following = new AbortController();
    const { channel } = await open((response, names) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(started(names), ...said('m', 'x')));
    });
    const events: DriverEvent[] = [];
    for await (const event of agUiProtocolDriver.start(channel, HANDLE, contextFor({ signal: following.signal }))) {
      events.push(event);
      if (event.type === 'log') following.abort(new Error('stop'));
    }
    expect(events.at(-1)).toMatchObject({ type: 'unknown', reason: expect.stringContaining('aborted') });
    await agent?.clientGone;
  });

  it.each<[title: string, limits: Partial<AgUiLimits>, stream: string]>([
    ['one event', { eventCharacters: 200 }, `data: ${'x'.repeat(2000)}`],
    ['the whole stream', { streamBytes: 1000 }, ': nothing\n'.repeat(200)],
  ])('is refused when %s is over its limit', async (_title, limits, stream) => {
    const events = await run(answering('text/event-stream', stream), { limits });
    expect(events.at(-1)).toEqual(failedWith('AD_PROTOCOL_TOO_LARGE'));
  });

  it('may repeat, never end and flood: what it tells is bounded', async () => {
    const limits = { streamBytes: 200_000, toldEvents: 5 };
    const events = await run(
      (response, names) => {
        const flood = sse({ type: 'CUSTOM', name: 'n', value: 'x'.repeat(500) });
        const pour = (): void => {
          while (!response.destroyed && response.write(flood));
          response.once('drain', pour);
        };
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(started(names)));
        pour();
      },
      { limits },
    );
    expect(events.filter(({ type }) => type === 'message')).toHaveLength(5);
    expect(events.at(-1)).toEqual(failedWith('AD_PROTOCOL_TOO_LARGE'));
    await agent?.clientGone;
  });
});
