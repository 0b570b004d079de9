import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Handle } from '@agent-dispatch/schemas';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { invocationIdOf } from '../worker/task.js';
import { createA2aProtocolDriver } from './a2a-driver.js';
import { contextIdOf } from './conversation.js';
import { type A2aLimits, LIMITS } from './limits.js';
import { bare, collect, contextFor, HANDLE, logged } from './testdata/attempt.js';
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

type Json = Record<string, unknown>;
type Answers = Record<string, Answer | Answer[]>;

const RUN = invocationIdOf(contextFor());
const CONTEXT = contextIdOf(contextFor());
const NAMES = { taskId: RUN, contextId: CONTEXT };

const workerCard = (bootId: string): Json => ({
  supportedInterfaces: [{ url: 'x', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  capabilities: { streaming: true, extensions: [{ uri: 'urn:agentdispatch:worker:1', params: { bootId } }] },
});
const run = (bootId = 'b1', id = RUN): Json => ({
  task: { id, contextId: CONTEXT, status: { state: 'TASK_STATE_WORKING' }, metadata: { agentdispatch: { bootId } } },
});
const event = (seq: number, type: string, more: Json = {}, text?: string, names: Json = NAMES): Json => ({
  statusUpdate: {
    ...names,
    status: {
      state: 'TASK_STATE_WORKING',
      ...(text !== undefined && { message: { messageId: `m${seq}`, role: 'ROLE_AGENT', parts: [{ text }] } }),
    },
    metadata: { agentdispatch: { event: { seq, at: 1000 + seq, type, ...more } } },
  },
});
const said = (seq: number, text: string): Json => event(seq, 'log', { stream: 'stdout' }, text);
const piece = (seq: number, more: Json, parts: Json[], chunk: Json = {}): Json => ({
  artifactUpdate: {
    ...NAMES,
    artifact: { artifactId: 'x', parts },
    ...chunk,
    metadata: { agentdispatch: { event: { seq, at: 1, ...more } } },
  },
});

let agent: LoopbackAgent | undefined;
afterEach(async () => agent?.close());

interface Options {
  handle?: Handle;
  context?: Partial<DriverContext>;
  channel?: Partial<Channel>;
  card?: unknown;
  limits?: Partial<A2aLimits>;
}

async function follow(verb: 'start' | 'resume', answers: Answers, options: Options = {}): Promise<DriverEvent[]> {
  const { handle = HANDLE, context, channel, card = workerCard('b1'), limits } = options;
  agent = await startLoopbackAgent({ card, answers });
  const driver = createA2aProtocolDriver({ ...LIMITS, ...limits });
  const whole = contextFor({ agent: 'worker', ...context });
  return await collect(driver[verb]({ ...agent.channel, ...channel }, handle, whole));
}

const start = (...events: Json[]): Promise<DriverEvent[]> =>
  follow('start', { SendStreamingMessage: stream([run(), ...events]), SubscribeToTask: rpcError(-32001, 'gone') });

describe('the events of a run', () => {
  it('are told as they are, each with its number as its place', async () => {
    const events = await start(
      event(1, 'log', { stream: 'stderr' }, 'careful'),
      event(2, 'progress', { message: 'half', fraction: 0.5 }, 'half'),
      event(3, 'message', { raw: { kind: 'note' } }, 'hello'),
      event(
        4,
        'input_required',
        { request: { requestId: 'q', question: 'Which?', schema: { type: 'string' } } },
        'Which?',
      ),
      event(5, 'input_received', { requestId: 'q' }),
      event(6, 'gap', { from: '7', to: '9' }),
      event(
        7,
        'ended',
        { outcome: 'failed', exitCode: 3, error: { code: 'DEADLINE', message: 'too long' } },
        'too long',
      ),
    );
    expect(events.slice(2)).toEqual([
      { type: 'log', stream: 'stderr', text: 'careful', at: 1001, cursor: '1' },
      { type: 'progress', message: 'half', fraction: 0.5, cursor: '2' },
      { type: 'message', text: 'hello', raw: { kind: 'note' }, cursor: '3' },
      {
        type: 'input_required',
        request: { requestId: 'q', question: 'Which?', schema: { type: 'string' } },
        cursor: '4',
      },
      { type: 'input_received', requestId: 'q', cursor: '5' },
      { type: 'gap', from: '7', to: '9', cursor: '6' },
      {
        type: 'ended',
        outcome: 'failed',
        exitCode: 3,
        error: { code: 'AD_TASK_TIMEOUT', message: 'too long', details: { reason: 'DEADLINE' } },
        cursor: '7',
      },
    ]);
  });

  it.each([
    ['text', { text: '' }, [[{ text: 'it' }]], { text: 'it' }],
    ['a value', { json: null }, [[{ data: { a: 1 } }]], { json: { a: 1 } }],
    ['null', { json: null }, [[]], { json: null }],
    ['a large text', { artifact: 'result' }, [[{ text: 'a' }], [{ text: 'b' }]], { text: 'ab' }],
    [
      'a large value',
      { artifact: 'result' },
      [[{ text: '{"a"', mediaType: 'application/json' }], [{ text: ':2}', mediaType: 'application/json' }]],
      { json: { a: 2 } },
    ],
  ])('end with %s as the result', async (_name, kind, pieces, result) => {
    const parts = pieces.map((each, index) =>
      piece(1, { type: 'ended', result: kind }, each, { append: index > 0, lastChunk: index === pieces.length - 1 }),
    );
    const events = await start(...parts, event(1, 'ended', { outcome: 'succeeded', result: kind }));
    expect(bare(events).at(-1)).toEqual({ type: 'ended', outcome: 'succeeded', result });
  });

  it('that come again are told once, and one that is missing is a gap', async () => {
    const events = await start(
      said(1, 'a'),
      said(1, 'a'),
      said(2, 'b'),
      said(1, 'a'),
      said(5, 'e'),
      event(6, 'ended', { outcome: 'succeeded' }),
    );
    expect(logged(events.map((each) => (each.type === 'log' ? { ...each, stream: 'agent' } : each)))).toBe('abe');
    expect(events.filter(({ type }) => type === 'gap')).toEqual([{ type: 'gap', from: '3', to: '4' }]);
  });

  it('of another run are left out, and that is said once', async () => {
    const other = { taskId: 'inv_another', contextId: CONTEXT };
    const events = await start(
      event(1, 'ended', { outcome: 'succeeded' }, undefined, other),
      event(2, 'log', {}, 'x', other),
      event(1, 'ended', { outcome: 'cancelled' }),
    );
    expect(bare(events).slice(2)).toEqual([
      { type: 'log', stream: 'system', text: expect.stringContaining('another task') },
      { type: 'ended', outcome: 'cancelled' },
    ]);
  });
});

describe('what no worker tells', () => {
  const ended = event(9, 'ended', { outcome: 'succeeded' });

  it.each([
    ['an event of no known type', event(1, 'surprise')],
    ['an error without a code', event(1, 'ended', { outcome: 'failed', error: { code: 7, message: 'x' } })],
    ['a question that is none', event(1, 'input_required', { request: { question: 'Which?' } })],
  ])('is not believed: %s', async (_name, strange) => {
    const answer = stream([run(), strange], 'stay');
    const events = await follow('start', { SendStreamingMessage: answer, SubscribeToTask: answer });
    expect(events.at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_RESPONSE' } });
  });

  it('is borne as long as there is news of the run in between', async () => {
    const strange = raw(200, 'text/html', '<html>');
    const events = await follow('start', {
      SendStreamingMessage: stream([run(), said(1, 'a')]),
      SubscribeToTask: [
        strange,
        stream([run(), said(2, 'b')]),
        strange,
        stream([run(), said(3, 'c')]),
        strange,
        stream([run(), event(4, 'ended', { outcome: 'succeeded' })]),
      ],
    });
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
  });

  it('is cut to what a record takes', async () => {
    const schema = { type: 'string', description: 'x'.repeat(20_000) };
    const events = await start(
      event(7, 'message', { raw: { large: 'x'.repeat(20_000) } }, 'x'.repeat(40_000)),
      event(8, 'input_required', { request: { requestId: 'q', question: 'Which?', schema } }, 'Which?'),
      ended,
    );
    const [, first, second, third, asked] = events.slice(2);
    expect([first, second, third].map((each) => each?.type === 'message' && each.text.length)).toEqual([
      16_384, 16_384, 7_232,
    ]);
    expect([first, second, third].map((each) => each?.cursor)).toEqual([undefined, undefined, '7']);
    expect(first).not.toHaveProperty('raw');
    expect(asked).toEqual({ type: 'input_required', request: { requestId: 'q', question: 'Which?' }, cursor: '8' });
  });

  it('is not held without end: a result that is never whole', async () => {
    const result = { artifact: 'result' };
    const pieces = [0, 1, 2].map((at) => piece(1, { type: 'ended', result }, [{ text: 'abc' }], { append: at > 0 }));
    const events = await follow(
      'start',
      { SendStreamingMessage: stream([run(), ...pieces], 'stay') },
      { limits: { fileBytes: 8 } },
    );
    expect(events.at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_TOO_LARGE' } });
  });
});

describe('a file', () => {
  const bytes = Buffer.from('abcdef');
  const artifact = {
    name: 'out/a.txt',
    mediaType: 'text/plain',
    size: 6,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  const part = (from: number, to: number): Json[] => [{ raw: bytes.subarray(from, to).toString('base64') }];
  const told = (kept: typeof artifact, ...chunks: Json[]): Promise<DriverEvent[]> =>
    start(...chunks.map((chunk) => ({ ...chunk })), event(2, 'ended', { outcome: 'succeeded' })).then((events) =>
      bare(events).filter(({ type }) => type === 'artifact' || type === 'log'),
    );
  const chunk = (kept: Json, from: number, to: number, last = to === 6): Json =>
    piece(1, { type: 'artifact', artifact: kept }, part(from, to), { append: from > 0, lastChunk: last });

  it('comes in pieces and is told whole', async () => {
    const { name, mediaType } = artifact;
    expect(await told(artifact, chunk(artifact, 0, 3), chunk(artifact, 3, 6))).toEqual([
      { type: 'artifact', artifact: { name, mediaType, content: { base64: bytes.toString('base64') } } },
    ]);
  });

  it('that is begun again after a broken connection is told once, whole', async () => {
    agent = await startLoopbackAgent({
      card: workerCard('b1'),
      answers: {
        SendStreamingMessage: stream([run(), chunk(artifact, 0, 3)], 'break'),
        SubscribeToTask: stream([
          run(),
          chunk(artifact, 0, 3),
          chunk(artifact, 3, 6),
          event(2, 'ended', { outcome: 'succeeded' }),
        ]),
      },
    });
    const events = await collect(
      createA2aProtocolDriver().start(agent.channel, HANDLE, contextFor({ agent: 'worker' })),
    );
    expect(events.filter(({ type }) => type === 'artifact')).toHaveLength(1);
  });

  it.each([
    ['of another size', { ...artifact, size: 7 }],
    ['of another digest', { ...artifact, sha256: '0'.repeat(64) }],
  ])('%s is not kept, and the log says so', async (_name, kept) => {
    expect(await told(kept, chunk(kept, 0, 6))).toEqual([
      { type: 'log', stream: 'system', text: expect.stringMatching(/out\/a\.txt.*not kept/) },
    ]);
  });

  it('over the limit is not kept, and the log says so', async () => {
    const events = await follow(
      'start',
      {
        SendStreamingMessage: stream([
          run(),
          chunk(artifact, 0, 3),
          chunk(artifact, 3, 6),
          event(2, 'ended', { outcome: 'succeeded' }),
        ]),
      },
      { limits: { fileBytes: 4 } },
    );
    expect(bare(events).slice(2, 3)).toEqual([
      { type: 'log', stream: 'system', text: expect.stringMatching('over the limit of 4') },
    ]);
  });
});

describe('a connection to the worker', () => {
  it('that breaks is made again after the last event that was told, without asking for the task', async () => {
    const events = await follow('start', {
      SendStreamingMessage: stream([run(), said(1, 'a'), said(2, 'b')], 'break'),
      SubscribeToTask: [hangUp, stream([run(), said(3, 'c'), event(4, 'ended', { outcome: 'succeeded' })])],
    });
    expect(agent?.calls.map(({ method }) => method)).toEqual([
      'SendStreamingMessage',
      'SubscribeToTask',
      'SubscribeToTask',
    ]);
    expect(agent?.calls[2]?.params).toEqual({ id: RUN, metadata: { agentdispatch: { after: 2 } } });
    expect(bare(events).filter(({ type }) => type === 'log')).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
  });

  it('whose answers come whole is asked for what is there', async () => {
    await follow(
      'start',
      {
        SendMessage: rpcResult(run()),
        SubscribeToTask: [stream([run()]), stream([run(), event(1, 'ended', { outcome: 'succeeded' })])],
      },
      { channel: { answerSeconds: 0 } },
    );
    expect(agent?.calls.map(({ params }) => (params['metadata'] as { agentdispatch: Json }).agentdispatch)).toEqual([
      expect.objectContaining({ waitSeconds: 0 }),
      { after: 0, waitSeconds: 0 },
      { after: 0, waitSeconds: 0 },
    ]);
  });

  it('that breaks before the first answer is tried again where the same machine answers', async () => {
    const done = stream([run(), event(1, 'ended', { outcome: 'succeeded' })]);
    const events = await follow('start', { SendStreamingMessage: [hangUp, done] });
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
    expect(agent?.calls[1]?.params).toEqual(agent?.calls[0]?.params);
  });

  it.each([
    ['a certain refusal', rpcError(-32602, 'No.', [{ metadata: { refusal: 'full' } }])],
    ['an error of the way to it', raw(404, 'text/plain', 'nothing here')],
    ['the answer of another machine', stream([run('b2')], 'stay')],
  ])(
    'that breaks before the first answer leaves it open whether the run began, whatever comes then: %s',
    async (_name, then) => {
      const events = await follow('start', { SendStreamingMessage: [hangUp, then] });
      expect(events.map(({ type }) => type)).toEqual(['handle', 'unknown']);
    },
  );
});

describe('a worker whose card cannot be had', () => {
  const done = stream([run(), event(1, 'ended', { outcome: 'succeeded' })]);
  const unknownTo = (bootId: string): Answer => rpcError(-32001, 'Task not found', [{ metadata: { bootId } }]);

  it('names itself when it is asked after the run, before anything is sent', async () => {
    const answers = { GetTask: unknownTo('b1'), SendStreamingMessage: [hangUp, done] };
    const events = await follow('start', answers, { card: null });
    expect(events.map(({ type }) => type)).toEqual(['handle', 'attached', 'ended']);
    const methods = ['GetTask', 'SendStreamingMessage', 'GetTask', 'SendStreamingMessage'];
    expect(agent?.calls.map(({ method }) => method)).toEqual(methods);
  });

  it('is told nothing where it does not answer', async () => {
    await expect(follow('start', { GetTask: hangUp }, { card: null })).rejects.toMatchObject({
      code: 'AD_PROVIDER_UNAVAILABLE',
    });
  });
});

describe('a run that is found again', () => {
  const handle: Handle = {
    ...HANDLE,
    conversation: { version: '1.0', tenant: '', streaming: true, contextId: CONTEXT, taskId: RUN, bootId: 'b1' },
  };

  it('is followed from the cursor', async () => {
    const answers = { SubscribeToTask: stream([run(), said(8, 'more'), event(9, 'ended', { outcome: 'succeeded' })]) };
    const events = await follow('resume', answers, { handle, context: { cursor: '7' } });
    expect(agent?.calls[0]?.params).toEqual({ id: RUN, metadata: { agentdispatch: { after: 7 } } });
    expect(bare(events).map(({ type }) => type)).toEqual(['attached', 'log', 'ended']);
  });

  it('is lost where another machine answers', async () => {
    const events = await follow('resume', { SubscribeToTask: stream([run('b2')], 'stay') }, { handle });
    expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining('Another machine') }]);
  });

  it('is lost where nothing is known of it', async () => {
    const events = await follow('resume', { SubscribeToTask: rpcError(-32001, 'Task not found') }, { handle });
    expect(events).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
  });

  it('is found by the name that it was told, though no answer was ever seen', async () => {
    const answers = { SubscribeToTask: stream([run(), event(1, 'ended', { outcome: 'succeeded' })]) };
    const events = await follow('resume', answers);
    expect(events.map(({ type }) => type)).toEqual(['attached', 'handle', 'ended']);
    expect(events[1]).toMatchObject({ handle: { conversation: { taskId: RUN, bootId: 'b1' } } });
  });

  it('was never begun where the machine that was to run it knows nothing of it', async () => {
    const answer = rpcError(-32001, 'Task not found', [{ metadata: { bootId: 'b1' } }]);
    const events = await follow('resume', { SubscribeToTask: answer }, { handle });
    expect(events).toEqual([{ type: 'not_started', proof: expect.any(String) }]);
    await agent?.close();
    const told = await follow('resume', { SubscribeToTask: answer }, { handle, context: { cursor: '3' } });
    expect(told).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
    await agent?.close();
    const other = rpcError(-32001, 'Task not found', [{ metadata: { bootId: 'b2' } }]);
    expect(await follow('resume', { SubscribeToTask: other }, { handle })).toEqual([
      { type: 'unknown', reason: expect.stringContaining('Another machine') },
    ]);
  });
});

describe('a start that is repeated', () => {
  const done = stream([run(), event(1, 'ended', { outcome: 'succeeded' })]);
  const conversation = {
    version: '1.0',
    tenant: '',
    streaming: true,
    contextId: CONTEXT,
    taskId: RUN,
    bootId: 'b1',
  };
  const handle: Handle = { ...HANDLE, conversation };

  it('can be told from one on another machine, for the machine is kept before anything is sent', async () => {
    agent = await startLoopbackAgent({ card: workerCard('b1'), answers: { SendStreamingMessage: done } });
    const events = createA2aProtocolDriver().start(agent.channel, HANDLE, contextFor({ agent: 'worker' }));
    const iterator = events[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual({ type: 'handle', handle });
    expect(agent.calls).toEqual([]);
    expect((await iterator.next()).value).toEqual({ type: 'attached' });
    await iterator.return?.();
  });

  it('is sent again to the same machine', async () => {
    const events = await follow('start', { SendStreamingMessage: done }, { handle });
    expect(events.map(({ type }) => type)).toEqual(['attached', 'ended']);
  });

  it('is not sent to another', async () => {
    const events = await follow('start', { SendStreamingMessage: done }, { handle, card: workerCard('b2') });
    expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining('Another machine') }]);
    expect(agent?.calls).toEqual([]);
  });

  it('finds the run where the machine has no card', async () => {
    const found = rpcResult(run()['task']);
    const events = await follow('start', { GetTask: found, SendStreamingMessage: done }, { handle, card: null });
    expect(events.map(({ type }) => type)).toEqual(['attached', 'ended']);
  });

  it('that comes to another after all is not followed there, for it may be a second run', async () => {
    const events = await follow('start', { SendStreamingMessage: stream([run('b2')], 'stay') }, { handle });
    expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining('Another machine') }]);
  });
});

describe('an agent that is not the worker', () => {
  it.each([
    ['its card says so', { supportedInterfaces: [{ protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] }, {}],
    [
      'it has no card, and tells of a task without a machine',
      null,
      { GetTask: rpcResult({ id: RUN, contextId: 'c' }) },
    ],
    ['it has no card, and knows no such question', null, {}],
  ])('is told nothing where %s', async (_name, card, answers) => {
    const all = { SendStreamingMessage: stream([run()]), ...answers };
    await expect(follow('start', all, { card })).rejects.toMatchObject({
      code: 'AD_PROTOCOL_RESPONSE',
      hint: expect.stringContaining('worker'),
    });
    expect(agent?.calls.map(({ method }) => method)).not.toContain('SendStreamingMessage');
  });

  it.each([
    ['another name for the task', run('b1', 'task-of-its-own')],
    ['no machine', { task: { id: RUN, contextId: CONTEXT, status: { state: 'TASK_STATE_WORKING' } } }],
  ])('is known by its answer with %s', async (_name, answer) => {
    const events = await follow('start', { SendStreamingMessage: stream([answer]) });
    expect(events.slice(1)).toEqual([
      { type: 'ended', outcome: 'failed', error: expect.objectContaining({ code: 'AD_PROTOCOL_RESPONSE' }) },
    ]);
  });
});

it.each([
  ['a page of something on the way', raw(200, 'text/html', '<html>')],
  ['its server error', raw(500, 'text/html', '<html>')],
])('the worker is asked again after %s, for it may have begun', async (_name, answer) => {
  const done = stream([run(), event(1, 'ended', { outcome: 'succeeded' })]);
  const events = await follow('start', { SendStreamingMessage: [answer, done] });
  expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
});

it.each([
  ['full', 'AD_PROTOCOL_AGENT_FULL'],
  ['refused', 'AD_PROTOCOL_AGENT_REFUSED'],
  ['another_task', 'AD_PROTOCOL_CONFLICT'],
])('a refusal of the worker (%s) has a code of its own', async (refusal, code) => {
  const answer = rpcError(-32602, 'No.', [{ '@type': 'x', metadata: { refusal } }]);
  await expect(follow('start', { SendStreamingMessage: answer })).rejects.toMatchObject({ code });
});
