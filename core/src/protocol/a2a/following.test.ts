import { afterEach, describe, expect, it } from '@jest/globals';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { createA2aProtocolDriver } from './a2a-driver.js';
import { type A2aLimits, LIMITS } from './limits.js';
import { bare, collect, contextFor, HANDLE, HurriedClock, logged } from './testdata/attempt.js';
import { artifact, card, CONTEXT, isTask, left, message, status, TASK, task, update } from './testdata/events.js';
import {
  type Answer,
  hangUp,
  type LoopbackAgent,
  raw,
  rpcError,
  rpcResult,
  startLoopbackAgent,
  stream,
} from './testdata/loopback-agent.js';

let agent: LoopbackAgent | undefined;
afterEach(async () => agent?.close());

interface Run {
  card?: unknown;
  context?: Partial<DriverContext>;
  channel?: Partial<Channel>;
  limits?: Partial<A2aLimits>;
}

async function run(answers: Record<string, Answer | Answer[]>, more: Run = {}): Promise<DriverEvent[]> {
  agent = await startLoopbackAgent({ card: more.card ?? card(), answers });
  const driver = createA2aProtocolDriver({ ...LIMITS, ...more.limits });
  return await collect(driver.start({ ...agent.channel, ...more.channel }, HANDLE, contextFor(more.context)));
}

const says = (...events: unknown[]): Record<string, Answer> => ({
  SendStreamingMessage: stream([isTask('SUBMITTED'), ...events]),
});
/** Without handle and attached. */
const told = (events: readonly DriverEvent[]): DriverEvent[] => bare(events.slice(2));
const endOf = (events: readonly DriverEvent[]): unknown => bare(events).at(-1);
const ofType = (type: DriverEvent['type'], events: readonly DriverEvent[]): unknown[] =>
  bare(events).filter((event) => event.type === type);

describe('the events of a stream', () => {
  it('become progress, messages, output and the end', async () => {
    const events = await run(
      says(
        update('WORKING'),
        update('WORKING', message('m1', 'I read.')),
        left('answer', [{ text: 'forty' }]),
        left('answer', [{ text: '-two' }], { append: true, lastChunk: true }),
        update('COMPLETED'),
      ),
    );
    expect(told(events)).toEqual([
      { type: 'progress', message: 'The agent has the task.' },
      { type: 'progress', message: 'The agent is at work.' },
      { type: 'message', text: 'I read.', raw: update('WORKING', message('m1', 'I read.')) },
      { type: 'log', stream: 'agent', text: 'forty' },
      { type: 'log', stream: 'agent', text: '-two' },
      { type: 'ended', outcome: 'succeeded', result: { text: 'forty-two' } },
    ]);
  });

  it.each([
    ['one value alone', [left('a', [{ data: { rows: 3 } }])], undefined, { json: { rows: 3 } }],
    ['a value beside text', [left('a', [{ text: 'n=' }, { data: 3 }])], undefined, { text: 'n=3\n' }],
    ['two artifacts', [left('a', [{ text: 'one' }]), left('b', [{ text: 'two' }])], undefined, { text: 'one\ntwo' }],
    [
      'an artifact that was replaced',
      [left('a', [{ text: 'old' }]), left('a', [{ text: 'new' }])],
      undefined,
      { text: 'new' },
    ],
    ['the last message where there is no artifact', [], message('m', 'fine'), { text: 'fine' }],
    ['an artifact before the last message', [left('a', [{ text: 'it' }])], message('m', 'done'), { text: 'it' }],
    ['the value of the last message', [], message('m', '', { parts: [{ data: [1] }] }), { json: [1] }],
  ])('have as their result %s', async (_name, events, last, result) => {
    expect(endOf(await run(says(...events, update('COMPLETED', last))))).toEqual({
      type: 'ended',
      outcome: 'succeeded',
      result,
    });
  });

  it('may end without a result', async () => {
    expect(endOf(await run(says(update('COMPLETED'))))).toEqual({ type: 'ended', outcome: 'succeeded' });
  });

  it.each([
    ['FAILED', { outcome: 'failed', error: { code: 'AD_TASK_FAILED', message: 'No luck.' } }],
    ['REJECTED', { outcome: 'failed', error: { code: 'AD_PROTOCOL_AGENT_REFUSED', message: 'No luck.' } }],
    ['CANCELED', { outcome: 'cancelled' }],
  ])('end as the state %s says', async (state, end) => {
    const events = await run(says(left('a', [{ text: 'half' }]), update(state, message('m', 'No luck.'))));
    expect(endOf(events)).toEqual({ type: 'ended', result: { text: 'half' }, ...end });
  });

  it('go on through states and kinds that are not known yet', async () => {
    const events = await run(says(update('DREAMING'), { dreamUpdate: {} }, update('COMPLETED', message('m', 'awake'))));
    expect(endOf(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'awake' } });
  });

  it('that are repeated are told once', async () => {
    const again = [update('WORKING', message('m1', 'once')), left('a', [{ text: 'text' }, { raw: 'QQ==' }])];
    const events = await run(says(...again, ...again, update('COMPLETED')));
    expect(ofType('message', events)).toHaveLength(1);
    expect(ofType('artifact', events)).toHaveLength(1);
    expect(logged(events)).toBe('text');
  });

  it('of another task are left out, and that is said once', async () => {
    const other = { taskId: 'another-task' };
    const events = await run(
      says(
        { statusUpdate: { ...other, contextId: CONTEXT, status: status('COMPLETED', message('x', 'mine')) } },
        { artifactUpdate: { ...other, contextId: CONTEXT, artifact: artifact('x', { text: 'mine' }) } },
        update('COMPLETED', message('m', 'yours')),
      ),
    );
    expect(ofType('log', events)).toEqual([
      { type: 'log', stream: 'system', text: expect.stringContaining('another task') },
    ]);
    expect(endOf(events)).toMatchObject({ result: { text: 'yours' } });
  });

  it('that are long messages go into the log, whole', async () => {
    const text = 'Grüße 🌍 '.repeat(5000);
    const events = await run(says(update('WORKING', message('m1', text)), update('COMPLETED')));
    expect(ofType('message', events)).toEqual([]);
    expect(logged(events)).toBe(text);
  });

  it('that are very many messages go into the log', async () => {
    const many = Array.from({ length: 5 }, (_, index) => update('WORKING', message(`m${index}`, `${index}`)));
    const events = await run(says(...many, update('COMPLETED')), { limits: { messages: 2 } });
    expect(ofType('message', events)).toHaveLength(2);
    expect(logged(events)).toBe('234');
  });

  it('are kept beside a message only where they are small', async () => {
    const events = await run(
      says(update('WORKING', message('m1', 'hi'), { metadata: { dump: 'x'.repeat(20_000) } }), update('COMPLETED')),
    );
    expect(ofType('message', events)).toEqual([{ type: 'message', text: 'hi', raw: { truncated: true } }]);
  });

  it('are kept for the result up to a limit, and the result says so', async () => {
    const events = await run(says(left('a', [{ text: 'abcdefghij' }]), update('COMPLETED')), {
      limits: { resultCharacters: 4 },
    });
    expect(logged(events)).toBe('abcdefghij');
    expect(endOf(events)).toMatchObject({ result: { text: expect.stringMatching(/^abcd\n\[cut after 4 characters/) } });
  });
});

describe('files', () => {
  it('come as artifacts, under names that cannot leave their place', async () => {
    const events = await run(
      says(
        left('a', [{ raw: 'QQ==', filename: '../../etc/a.txt', mediaType: 'text/plain' }]),
        left('b', [{ raw: 'Qg==' }, { raw: 'Qw==', mediaType: 'image/png' }]),
        left('c', [{ raw: 'RA==', filename: 'etc/a.txt' }]),
        update('COMPLETED'),
      ),
    );
    expect(ofType('artifact', events)).toEqual([
      { type: 'artifact', artifact: { name: 'etc/a.txt', mediaType: 'text/plain', content: { base64: 'QQ==' } } },
      { type: 'artifact', artifact: { name: 'b', content: { base64: 'Qg==' } } },
      { type: 'artifact', artifact: { name: 'b-2.png', mediaType: 'image/png', content: { base64: 'Qw==' } } },
      { type: 'artifact', artifact: { name: 'etc/a-2.txt', content: { base64: 'RA==' } } },
    ]);
  });

  it('larger than what the client of the SDK takes come by the stream', async () => {
    const bytes = Buffer.alloc(6 * 1024 * 1024, 7).toString('base64');
    const events = await run(says(left('a', [{ raw: bytes, filename: 'big' }]), update('COMPLETED')));
    const [told] = events.filter((event) => event.type === 'artifact');
    expect(told?.artifact.content).toEqual({ base64: bytes });
    expect(agent?.calls).toHaveLength(1);
  });

  it('at an address are named and never fetched', async () => {
    const url = 'https://elsewhere.example/report.pdf';
    const events = await run(says(left('a', [{ url, filename: 'report.pdf' }]), update('COMPLETED')));
    expect(ofType('message', events)).toEqual([
      { type: 'message', text: `The agent says that its file report.pdf is at ${url}. It was not fetched.` },
    ]);
    expect(agent?.requests).toHaveLength(2);
  });

  it('over the limit are named in the log', async () => {
    const events = await run(says(left('a', [{ raw: 'QUJD', filename: 'big' }]), update('COMPLETED')), {
      limits: { fileBytes: 2 },
    });
    expect(ofType('artifact', events)).toEqual([]);
    expect(ofType('log', events)).toEqual([
      { type: 'log', stream: 'system', text: expect.stringMatching('big has 3 bytes, over the limit of 2') },
    ]);
  });
});

describe('a question', () => {
  const asked = update('INPUT_REQUIRED', message('q1', 'Which one?'));

  it('is told, waits for its answer and is told to be answered', async () => {
    const waiting = task('X', { status: status('INPUT_REQUIRED', message('q1', 'Which one?')) });
    const clock = new HurriedClock();
    const events = await run(
      {
        SendStreamingMessage: stream([isTask('WORKING'), asked]),
        GetTask: [rpcResult(waiting), rpcResult(waiting), rpcResult(waiting), rpcResult(task('WORKING'))],
        SubscribeToTask: stream([isTask('WORKING'), update('COMPLETED', message('m', 'That one.'))]),
      },
      { context: { clock } },
    );
    expect(told(events).slice(1)).toEqual([
      { type: 'input_required', request: { requestId: 'q1', question: 'Which one?' } },
      { type: 'input_received', requestId: 'q1' },
      expect.objectContaining({ type: 'progress' }),
      expect.objectContaining({ type: 'message', text: 'That one.' }),
      { type: 'ended', outcome: 'succeeded', result: { text: 'That one.' } },
    ]);
    // Ever longer while nothing is new, and never longer than a second.
    expect(clock.pauses).toEqual([250, 400, 640, 1000]);
  });

  it('without an id has the same one however it comes', async () => {
    const bareStatus = { state: 'TASK_STATE_AUTH_REQUIRED', timestamp: '2030-01-01T00:00:00Z' };
    const events = await run({
      SendStreamingMessage: stream([
        isTask('WORKING'),
        { statusUpdate: { taskId: TASK, contextId: CONTEXT, status: bareStatus } },
      ]),
      GetTask: [rpcResult(task('X', { status: bareStatus })), rpcResult(task('COMPLETED'))],
    });
    const questions = ofType('input_required', events);
    expect(questions).toEqual([
      {
        type: 'input_required',
        request: { requestId: expect.stringMatching(/^question_/), question: 'The agent needs to be authorized.' },
      },
    ]);
  });

  it('that is very long is cut to what a record takes', async () => {
    const question = '\u0001'.repeat(20_000);
    const events = await run({
      SendStreamingMessage: stream([isTask('WORKING'), update('INPUT_REQUIRED', message('q1', question))]),
      GetTask: rpcResult(task('COMPLETED')),
    });
    const [asking] = ofType('input_required', events);
    expect(JSON.stringify(asking).length).toBeLessThan(16 * 1024);
  });
});

describe('a connection that breaks', () => {
  const first = [isTask('WORKING'), update('WORKING', message('m1', 'one')), left('a', [{ text: 'ab' }])];
  const shown = {
    history: [message('u', 'Say hello.', { role: 'ROLE_USER' }), message('m1', 'one'), message('m2', 'two')],
    artifacts: [artifact('a', { text: 'ab' }, { text: 'cd' })],
  };

  it('is made again, and what the task shows by then is told once', async () => {
    const events = await run({
      SendStreamingMessage: stream(first, 'break'),
      GetTask: rpcResult(task('WORKING', shown)),
      SubscribeToTask: stream([
        isTask('WORKING', shown),
        left('a', [{ text: 'ef' }], { append: true }),
        update('COMPLETED', message('m3', 'three')),
      ]),
    });
    expect(ofType('message', events).map((event) => (event as { text: string }).text)).toEqual(['one', 'two', 'three']);
    expect(logged(events)).toBe('abcdef');
    expect(ofType('gap', events)).toEqual([]);
    expect(endOf(events)).toEqual({ type: 'ended', outcome: 'succeeded', result: { text: 'abcdef' } });
  });

  it.each([
    ['messages', { history: [message('m9', 'nine')], artifacts: shown.artifacts }],
    ['artifacts', { history: shown.history, artifacts: [] }],
  ])('leaves a gap where the task does not show its %s', async (_name, left) => {
    const events = await run({
      SendStreamingMessage: stream(first, 'break'),
      GetTask: rpcResult(task('COMPLETED', left)),
    });
    expect(ofType('gap', events)).toEqual([{ type: 'gap' }]);
  });

  it('is no gap where the agent itself ended the stream', async () => {
    const events = await run({
      SendStreamingMessage: stream(first),
      GetTask: rpcResult(task('COMPLETED', { artifacts: shown.artifacts })),
    });
    expect(ofType('gap', events)).toEqual([]);
    expect(logged(events)).toBe('abcd');
  });

  it('is bridged where a subscription does not begin with the task', async () => {
    const legacy = (kind: string, more: object): object => ({ kind, taskId: TASK, contextId: CONTEXT, ...more });
    const text = (...texts: string[]): object => ({
      artifactId: 'a',
      parts: texts.map((each) => ({ kind: 'text', text: each })),
    });
    const working = { kind: 'task', id: TASK, contextId: CONTEXT, status: { state: 'working' } };
    const events = await run(
      {
        'message/stream': stream([working, legacy('artifact-update', { artifact: text('a') })], 'break'),
        'tasks/get': [
          rpcResult({ ...working, artifacts: [text('a')] }),
          rpcResult({ ...working, artifacts: [text('a', 'b', 'c')] }),
        ],
        'tasks/resubscribe': stream([
          legacy('artifact-update', { artifact: text('c'), append: true }),
          legacy('artifact-update', { artifact: text('d'), append: true }),
          legacy('status-update', { status: { state: 'completed' }, final: true }),
        ]),
      },
      { card: { url: 'x', protocolVersion: '0.3.0', capabilities: { streaming: true } } },
    );
    expect(logged(events)).toBe('abcd');
    expect(endOf(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'abcd' } });
  });

  it('is polled over where the agent cannot be subscribed to', async () => {
    const events = await run({
      SendStreamingMessage: stream(first, 'break'),
      SubscribeToTask: rpcError(-32004, 'Streaming is not supported.'),
      GetTask: [
        rpcResult(task('WORKING', shown)),
        rpcResult(task('WORKING', shown)),
        rpcResult(task('COMPLETED', shown)),
      ],
    });
    expect(agent?.calls.map(({ method }) => method)).toEqual([
      'SendStreamingMessage',
      'GetTask',
      'SubscribeToTask',
      'GetTask',
      'GetTask',
    ]);
    expect(logged(events)).toBe('abcd');
  });

  it('again and again is no end of the work', async () => {
    const running = run({ SendStreamingMessage: stream(first, 'break'), GetTask: hangUp, SubscribeToTask: hangUp });
    await expect(running).rejects.toThrow(/^The agent cannot be reached: /);
    await expect(running).rejects.not.toHaveProperty('code');
    expect(agent?.calls).toHaveLength(4);
  });

  it('is noticed when nothing comes any more', async () => {
    const clock = new HurriedClock();
    agent = await startLoopbackAgent({
      card: card(),
      answers: {
        SendStreamingMessage: stream([isTask('WORKING')], 'stay'),
        GetTask: rpcResult(task('COMPLETED', { artifacts: shown.artifacts })),
      },
    });
    const events: DriverEvent[] = [];
    const driver = createA2aProtocolDriver();
    for await (const event of driver.start(agent.channel, HANDLE, contextFor({ clock }))) {
      events.push(event);
      if (event.type === 'progress') setImmediate(() => clock.passAll());
    }
    expect(endOf(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'abcd' } });
  });

  it('for good, of a task that is not known any more, ends unknown', async () => {
    const events = await run({
      SendStreamingMessage: stream(first, 'break'),
      GetTask: rpcError(-32001, 'Task not found'),
    });
    expect(endOf(events)).toEqual({ type: 'unknown', reason: expect.stringContaining('does not know the task') });
  });
});

describe('what is not the protocol', () => {
  const working = isTask('WORKING');
  const strange: Answer = async (response, call) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const data = JSON.stringify({ jsonrpc: '2.0', id: call.id, result: working });
    response.end(`data: ${data}\n\ndata: {"jsonrpc": oops\n\n`);
  };

  it('in a stream is polled around', async () => {
    const events = await run({
      SendStreamingMessage: strange,
      SubscribeToTask: strange,
      GetTask: [rpcResult(task('WORKING')), rpcResult(task('COMPLETED'))],
    });
    expect(endOf(events)).toMatchObject({ outcome: 'succeeded' });
  });

  it('in answers, too, fails with a code', async () => {
    const events = await run({ SendStreamingMessage: strange, GetTask: raw(200, 'text/html', '<html>') });
    expect(endOf(events)).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_RESPONSE' } });
  });

  const overflowing = (...events: unknown[]): Record<string, Answer> => ({
    SendStreamingMessage: stream([working]),
    GetTask: rpcResult(task('WORKING')),
    SubscribeToTask: stream([working, ...events], 'stay'),
  });

  it('because it is too much fails with a code', async () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      left('a', [{ text: `${index}`.repeat(20) }], { append: true }),
    );
    const events = await run(overflowing(...many), { limits: { streamBytes: 4000 } });
    expect(endOf(events)).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_TOO_LARGE' } });
  });

  it('because one event is too much fails with a code', async () => {
    const events = await run(overflowing(left('a', [{ text: 'x'.repeat(1_000_000) }])), {
      limits: { eventCharacters: 100_000 },
    });
    expect(endOf(events)).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_TOO_LARGE' } });
  });

  it('because an answer is too much fails with a code', async () => {
    const artifacts = [artifact('a', { text: 'x'.repeat(4000) })];
    const events = await run(
      { SendMessage: rpcResult(working), GetTask: rpcResult(task('WORKING', { artifacts })) },
      { card: card({ capabilities: {} }), limits: { answerBytes: 2000 } },
    );
    expect(endOf(events)).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_TOO_LARGE' } });
  });
});

it('waits ever longer between two questions to an agent without streams, each in its turn', async () => {
  const clock = new HurriedClock();
  let turns = 0;
  const quiet = Array.from({ length: 8 }, () => rpcResult(task('WORKING')));
  await run(
    { SendMessage: rpcResult(isTask('WORKING')), GetTask: [...quiet, rpcResult(task('COMPLETED'))] },
    { card: card({ capabilities: {} }), context: { clock, pace: async () => void (turns += 1) } },
  );
  expect(clock.pauses.map(Math.round)).toEqual([1000, 1600, 2560, 4096, 6554, 10_000, 10_000, 10_000, 10_000]);
  expect(turns).toBe(9);
});

it('settles when the signal aborts, in the middle of a stream that never ends', async () => {
  const abort = new AbortController();
  agent = await startLoopbackAgent({
    card: card(),
    answers: { SendStreamingMessage: stream([isTask('WORKING')], 'stay') },
  });
  const events: DriverEvent[] = [];
  const context = contextFor({ signal: abort.signal });
  for await (const event of createA2aProtocolDriver().start(agent.channel, HANDLE, context)) {
    events.push(event);
    if (event.type === 'progress') abort.abort(new Error('stop'));
  }
  expect(events.map(({ type }) => type)).toEqual(['handle', 'attached', 'progress']);
});
