import { afterEach, describe, expect, it } from '@jest/globals';
import type { Handle } from '@agent-dispatch/schemas';
import type { DriverContext, DriverEvent } from '../../provider/index.js';
import { a2aProtocolDriver } from './a2a-driver.js';
import { bare, collect, contextFor, cursorOf, HANDLE, logged } from './testdata/attempt.js';
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

const conversation = { version: '1.0', tenant: '', streaming: true, contextId: CONTEXT, taskId: TASK };
const KNOWN: Handle = { ...HANDLE, conversation };

interface Run {
  handle?: Handle;
  context?: Partial<DriverContext>;
  card?: unknown;
}

async function resume(answers: Record<string, Answer | Answer[]>, more: Run = {}): Promise<DriverEvent[]> {
  agent = await startLoopbackAgent({ card: more.card ?? card(), answers });
  return await collect(a2aProtocolDriver.resume(agent.channel, more.handle ?? KNOWN, contextFor(more.context)));
}

/** The place after what a stream has told, as another process finds it. */
async function placeAfter(...events: unknown[]): Promise<string | undefined> {
  const answers = { SendStreamingMessage: stream([isTask('WORKING'), ...events], 'stay') };
  const begun = await startLoopbackAgent({ card: card(), answers });
  const told: DriverEvent[] = [];
  const abort = new AbortController();
  for await (const event of a2aProtocolDriver.start(begun.channel, HANDLE, contextFor({ signal: abort.signal }))) {
    told.push(event);
    if (
      told.filter(({ type }) => type !== 'handle' && type !== 'attached' && type !== 'progress').length ===
      events.length
    ) {
      abort.abort();
    }
  }
  await begun.close();
  return cursorOf(told);
}

describe('a fresh process', () => {
  it('tells what the task shows and was not told, and follows on', async () => {
    const cursor = await placeAfter(
      update('WORKING', message('m1', 'one')),
      left('a', [{ text: 'ab' }]),
      left('f', [{ raw: 'QQ==', filename: 'f.txt' }]),
    );
    const shown = {
      history: [message('m1', 'one'), message('m2', 'two')],
      artifacts: [artifact('a', { text: 'ab' }, { text: 'c' }), artifact('f', { raw: 'QQ==', filename: 'f.txt' })],
    };
    const events = await resume(
      {
        GetTask: rpcResult(task('WORKING', shown)),
        SubscribeToTask: stream([
          isTask('WORKING', shown),
          left('a', [{ text: 'd' }], { append: true }),
          update('COMPLETED', message('m3', 'three')),
        ]),
      },
      { context: { cursor: cursor ?? 'none' } },
    );
    expect(bare(events).map((event) => ('text' in event ? event.text : event.type))).toEqual([
      'attached',
      'two',
      'c',
      'd',
      'three',
      'ended',
    ]);
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded', result: { text: 'abcd' } });
  });

  it('tells a replaced artifact whole, and one that only grew from where it was', async () => {
    const cursor = await placeAfter(left('a', [{ text: 'abc' }]), left('b', [{ text: 'xyz' }]));
    const artifacts = [artifact('a', { text: 'abcdef' }), artifact('b', { text: 'other' })];
    const events = await resume(
      { GetTask: rpcResult(task('COMPLETED', { artifacts })) },
      { context: { cursor: cursor ?? '' } },
    );
    expect(logged(events)).toBe('defother');
  });

  it('knows a place in the middle of a long message', async () => {
    const long = 'abcdefgh'.repeat(5000);
    const answers = {
      SendStreamingMessage: stream([isTask('WORKING'), update('WORKING', message('m1', long))], 'stay'),
    };
    const begun = await startLoopbackAgent({ card: card(), answers });
    const first: DriverEvent[] = [];
    for await (const event of a2aProtocolDriver.start(begun.channel, HANDLE, contextFor())) {
      first.push(event);
      if (event.type === 'log') break;
    }
    await begun.close();
    const events = await resume(
      { GetTask: rpcResult(task('COMPLETED', { history: [message('m1', long)] })) },
      { context: { cursor: cursorOf(first) ?? '' } },
    );
    expect(logged(first) + logged(events)).toBe(long);
    expect(events.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('tells an open question again only when it is another, and that one was answered meanwhile', async () => {
    const asked = (id: string): Record<string, unknown> => ({
      status: status('INPUT_REQUIRED', message(id, 'Which?')),
      history: [message('q1', 'Which?')],
    });
    const cursor = await placeAfter(update('INPUT_REQUIRED', message('q1', 'Which?')));
    const same = await resume(
      { GetTask: [rpcResult(task('X', asked('q1'))), rpcResult(task('COMPLETED'))] },
      { context: { cursor: cursor ?? '' } },
    );
    expect(bare(same)).toEqual([
      { type: 'attached' },
      { type: 'input_received', requestId: 'q1' },
      { type: 'ended', outcome: 'succeeded' },
    ]);
    await agent?.close();
    const other = await resume(
      { GetTask: [rpcResult(task('X', asked('q2'))), rpcResult(task('COMPLETED'))] },
      { context: { cursor: cursor ?? '' } },
    );
    expect(bare(other).slice(1, 3)).toEqual([
      { type: 'input_received', requestId: 'q1' },
      { type: 'input_required', request: { requestId: 'q2', question: 'Which?' } },
    ]);
  });

  it('counts the oldest of very many artifacts as told', async () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ id: `a${index}`, text: `<${index}>` }));
    const cursor = await placeAfter(...many.map(({ id, text }) => left(id, [{ text }])));
    expect(Buffer.byteLength(cursor ?? '')).toBeLessThan(1000);
    const artifacts = [...many, { id: 'new', text: 'new' }].map(({ id, text }) => artifact(id, { text }));
    const events = await resume(
      { GetTask: rpcResult(task('COMPLETED', { artifacts })) },
      { context: { cursor: cursor ?? '' } },
    );
    expect(logged(events)).toBe('new');
  });

  it('takes a place that it cannot read for the beginning', async () => {
    const artifacts = [artifact('a', { text: 'all' })];
    for (const cursor of ['{"a":[["x"],7],"m":3', '[]', '{"a":[[1,2]],"o":"x"}']) {
      const events = await resume({ GetTask: rpcResult(task('COMPLETED', { artifacts })) }, { context: { cursor } });
      expect(logged(events)).toBe('all');
      await agent?.close();
    }
  });

  it('speaks the version of the handle and asks for no card', async () => {
    const legacy = { kind: 'task', id: TASK, contextId: CONTEXT, status: { state: 'completed' } };
    const handle = { ...HANDLE, conversation: { ...conversation, version: '0.3' } };
    await resume({ 'tasks/get': rpcResult(legacy) }, { handle });
    expect(agent?.requests).toEqual(['POST /']);
  });
});

describe('a task that is not there', () => {
  it('is unknown', async () => {
    const events = await resume({ GetTask: rpcError(-32001, 'Task not found') });
    expect(events).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
  });

  it.each([
    ['a broken connection', hangUp],
    ['an HTTP error', raw(403, 'text/plain', 'expired')],
    ['an error of the agent', rpcError(-32603, 'Internal error')],
    ['a page of something on the way', raw(200, 'text/html', '<html>')],
  ])('is not what %s says', async (_name, answer) => {
    const running = resume({ GetTask: answer });
    await expect(running).rejects.toThrow(/^The agent cannot be reached: /);
    await expect(running).rejects.not.toHaveProperty('code');
  });
});

describe('a task that was never named', () => {
  const ours = async (): Promise<string> => {
    const begun = await startLoopbackAgent({ card: card(), answers: { SendStreamingMessage: stream([]) } });
    await collect(a2aProtocolDriver.start(begun.channel, HANDLE, contextFor()));
    await begun.close();
    return String((begun.calls[0]?.params['message'] as { messageId: unknown }).messageId);
  };

  it('is found among those of its context by the message that began it', async () => {
    const id = await ours();
    const mine = task('COMPLETED', { history: [message(id, 'Say hello.', { role: 'ROLE_USER' })] });
    const other = task('WORKING', {
      id: 'other',
      history: [message('x', 'y', { role: 'ROLE_USER', taskId: 'other' })],
    });
    const events = await resume(
      { ListTasks: rpcResult({ tasks: [other, mine] }), GetTask: rpcResult(mine) },
      { handle: HANDLE },
    );
    expect(events).toEqual([
      { type: 'attached' },
      { type: 'handle', handle: { ...HANDLE, conversation: expect.objectContaining({ taskId: TASK }) } },
      { type: 'ended', outcome: 'succeeded' },
    ]);
    expect(agent?.calls[0]?.params).toMatchObject({ contextId: expect.stringMatching(/^ctx_/) });
  });

  it('is found as the only one of a context that we have named', async () => {
    const mine = task('COMPLETED');
    const events = await resume(
      { ListTasks: rpcResult({ tasks: [mine] }), GetTask: rpcResult(mine) },
      { handle: HANDLE },
    );
    expect(events[0]).toEqual({ type: 'attached' });
  });

  it.each([
    ['no task', { tasks: [] }],
    ['tasks of others', { tasks: [task('WORKING', { id: 'x' }), task('WORKING', { id: 'y' })] }],
    ['no list', 'nothing'],
  ])('is unknown where the agent shows %s', async (_name, list) => {
    const events = await resume({ ListTasks: rpcResult(list) }, { handle: HANDLE });
    expect(events).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
  });

  it('is unknown in version 0.3, which has no list', async () => {
    const events = await resume(
      {},
      { handle: HANDLE, card: { url: 'x', protocolVersion: '0.3.0', capabilities: { streaming: true } } },
    );
    expect(events).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
    expect(agent?.calls).toEqual([]);
  });
});
