import { afterEach, describe, expect, it } from '@jest/globals';
import type { AgentScript } from '@agent-dispatch/core/testing';
import type { WorkerTask } from '@agent-dispatch/schemas';
import { FaceServer } from './testdata/face-server.js';

type Json = Record<string, unknown>;

let face: FaceServer;
afterEach(() => face.close());

const open = async (script: AgentScript = async () => ({ result: 'done' })): Promise<FaceServer> =>
  (face = await FaceServer.start(script));

const message = (messageId: string, text: string, more: Json = {}): Json => ({
  messageId,
  role: 'ROLE_USER',
  parts: [{ text }],
  ...more,
});
const WORKER_TASK: WorkerTask = {
  invocationId: 'inv_0123456789abcdef',
  taskId: 'task_01jv4k5m6n7p8q9r0stvwxyz01',
  attempt: 1,
  instruction: 'Do it.',
  secrets: { KEY: 's3cret-of-the-task' },
};
const ours = (said: Json): Json => ({ metadata: { agentdispatch: said } });
const begin = (): Json => ({
  message: message('msg_1', 'Do it.', { contextId: 'ctx_1' }),
  ...ours({ task: WORKER_TASK }),
});
const eventsIn = (updates: readonly Json[]): unknown[] =>
  updates.flatMap((update) => {
    const [{ metadata = {} } = {}] = Object.values(update) as { metadata?: { agentdispatch?: Json } }[];
    return metadata.agentdispatch?.['event'] ?? [];
  });
const stateOf = (result: unknown): unknown => {
  const { status, task } = (result ?? {}) as { status?: Json; task?: { status: Json } };
  return (status ?? task?.status)?.['state'];
};

describe('the agent card', () => {
  it('is one that clients of both versions read, and names where it was reached', async () => {
    await open();
    expect(await face.card()).toMatchObject({
      url: `${face.url}/`,
      protocolVersion: '0.3.0',
      preferredTransport: 'JSONRPC',
      capabilities: { streaming: true },
      supportedInterfaces: [
        { url: `${face.url}/`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
        { url: `${face.url}/`, protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
      ],
    });
  });

  it('names what the cloud says, and the machine by its boot id', async () => {
    await open();
    process.env['AGENTCORE_RUNTIME_URL'] = 'https://cloud.example/runtimes/x/invocations/';
    try {
      expect(await face.card()).toMatchObject({
        url: 'https://cloud.example/runtimes/x/invocations/',
        capabilities: { extensions: [{ uri: 'urn:agentdispatch:worker:1', params: { bootId: face.runs.bootId } }] },
      });
    } finally {
      delete process.env['AGENTCORE_RUNTIME_URL'];
    }
  });
});

describe('a task of AgentDispatch', () => {
  it('is begun whole, as the task of that name, once however often it is sent', async () => {
    await open();
    for (let times = 2; times > 0; times -= 1) {
      const [first] = await face.stream('SendStreamingMessage', begin());
      expect(first).toMatchObject({
        task: {
          id: WORKER_TASK.invocationId,
          contextId: 'ctx_1',
          metadata: { agentdispatch: { bootId: face.runs.bootId } },
        },
      });
    }
    expect(face.runs.tasks).toEqual([WORKER_TASK]);
  });

  it('is told by numbered events, from any of them on, also when it is over', async () => {
    await open(async (work) => {
      await work.say('one');
      await work.say('two');
      return { result: 'three' };
    });
    const all = eventsIn(await face.stream('SendStreamingMessage', begin()));
    expect(all).toEqual([
      expect.objectContaining({ seq: 1, type: 'log', stream: 'agent' }),
      expect.objectContaining({ seq: 2, type: 'log' }),
      // The result, and the end.
      expect.objectContaining({ seq: 3, type: 'ended' }),
      expect.objectContaining({ seq: 3, type: 'ended', outcome: 'succeeded' }),
    ]);
    const follow = { id: WORKER_TASK.invocationId, ...ours({ after: 1 }) };
    expect(eventsIn(await face.stream('SubscribeToTask', follow))).toEqual(all.slice(1));
  });

  it('is told as far as it is where the caller does not wait', async () => {
    await open(async (work) => {
      await work.say('one');
      return await new Promise(() => undefined);
    });
    await face.call('SendMessage', { ...begin(), configuration: { returnImmediately: true } });
    const follow = { id: WORKER_TASK.invocationId, ...ours({ after: 0, waitSeconds: 0 }) };
    expect(eventsIn(await face.stream('SubscribeToTask', follow))).toHaveLength(1);
    const nothing = { id: WORKER_TASK.invocationId, ...ours({ after: 1, waitSeconds: 0 }) };
    expect(await face.stream('SubscribeToTask', nothing)).toHaveLength(1);
  });

  it('is told on over a question, without another subscription', async () => {
    await open(async (work) => ({ result: await work.ask('Which?') }));
    const telling = face.stream('SendStreamingMessage', begin());
    await untilState('TASK_STATE_INPUT_REQUIRED', WORKER_TASK.invocationId);
    const answer = message('msg_2', 'blue', { taskId: WORKER_TASK.invocationId });
    const sent = await face.call('SendMessage', {
      message: answer,
      configuration: { returnImmediately: true },
      ...ours({ requestId: 'q1' }),
    });
    expect(sent.error).toBeUndefined();
    expect(eventsIn(await telling)).toEqual([
      expect.objectContaining({ type: 'input_required', request: { requestId: 'q1', question: 'Which?' } }),
      expect.objectContaining({ type: 'input_received', requestId: 'q1' }),
      expect.objectContaining({ type: 'ended' }),
      expect.objectContaining({ type: 'ended' }),
    ]);
  });

  it('gives its secrets to nobody who asks for it', async () => {
    await open();
    await face.call('SendMessage', begin());
    const told = [
      await face.call('GetTask', { id: WORKER_TASK.invocationId }),
      await face.call('ListTasks', { contextId: 'ctx_1', includeArtifacts: true }),
    ];
    expect(JSON.stringify(told)).not.toContain('s3cret');
  });
});

describe('a caller who knows nothing of AgentDispatch', () => {
  it('begins a run by a message, once however often it is sent', async () => {
    await open();
    const params = {
      message: message('m1', 'Do it.', {
        contextId: 'c1',
        parts: [{ text: 'Do it.' }, { data: { n: 1 } }, { raw: 'QQ==', filename: 'a.txt' }],
      }),
    };
    const first = await face.call('SendMessage', params);
    const again = await face.call('SendMessage', params);
    expect(again.result).toEqual(first.result);
    expect(face.runs.tasks).toEqual([
      expect.objectContaining({
        instruction: 'Do it.',
        context: { n: 1 },
        inputs: [expect.objectContaining({ path: 'a.txt', base64: 'QQ==' })],
        taskId: expect.stringMatching(/^task_[0-9a-hjkmnp-tv-z]{26}$/),
      }),
    ]);
  });

  it('begins another run in the same context by another message', async () => {
    await open();
    for (const id of ['m1', 'm2']) await face.call('SendMessage', { message: message(id, id, { contextId: 'c1' }) });
    const { result } = await face.call('ListTasks', { contextId: 'c1', pageSize: 1 });
    expect(result).toMatchObject({ totalSize: 2, nextPageToken: '1', tasks: [{ contextId: 'c1' }] });
    const second = await face.call('ListTasks', { contextId: 'c1', pageSize: 1, pageToken: '1' });
    expect(second.result).toMatchObject({ totalSize: 2, nextPageToken: '', tasks: [{ contextId: 'c1' }] });
    expect((await face.call('ListTasks', { contextId: 'c2' })).result).toMatchObject({ tasks: [] });
  });

  it('sees output, files, result and end in the words of A2A alone', async () => {
    await open(async (work) => {
      await work.say('I work.');
      await work.leave({ name: 'a.bin', mediaType: 'image/png', bytes: Uint8Array.of(1, 2) });
      return { result: 'forty-two' };
    });
    const updates = await face.stream('SendStreamingMessage', { message: message('m1', 'Do it.') });
    expect(updates.slice(1)).toMatchObject([
      { statusUpdate: { status: { state: 'TASK_STATE_WORKING', message: { parts: [{ text: 'I work.' }] } } } },
      {
        artifactUpdate: {
          artifact: { name: 'a.bin', parts: [{ raw: 'AQI=', filename: 'a.bin', mediaType: 'image/png' }] },
        },
      },
      { artifactUpdate: { artifact: { artifactId: 'result', parts: [{ text: 'forty-two' }] }, lastChunk: true } },
      { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } },
    ]);
    expect(JSON.stringify(updates.slice(1))).not.toContain('agentdispatch');
  });

  it('finds all of that in the task afterwards', async () => {
    await open(async (work) => {
      await work.say('I work.');
      await work.leave({ name: 'a.bin', mediaType: 'image/png', bytes: Uint8Array.of(1, 2) });
      return { result: 'forty-two' };
    });
    const { result } = await face.call('SendMessage', { message: message('m1', 'Do it.') });
    const { id } = (result as { task: { id: string } }).task;
    expect((await face.call('GetTask', { id })).result).toMatchObject({
      status: { state: 'TASK_STATE_COMPLETED' },
      history: [{ role: 'ROLE_AGENT', parts: [{ text: 'I work.' }] }],
      artifacts: [{ parts: [{ raw: 'AQI=' }] }, { artifactId: 'result', parts: [{ text: 'forty-two' }] }],
    });
    expect((await face.call('GetTask', { id, historyLength: 0 })).result).not.toHaveProperty('history');
  });

  it('is let go at a question, answers it by a message to the task, and waits for the end', async () => {
    await open(async (work) => ({ result: `It is ${await work.ask('Which?')}.` }));
    const asked = await face.call('SendMessage', { message: message('m1', 'Do it.') });
    expect(stateOf(asked.result)).toBe('TASK_STATE_INPUT_REQUIRED');
    const { id, contextId } = (asked.result as { task: { id: string; contextId: string } }).task;
    const answered = await face.call('SendMessage', { message: message('m2', 'blue', { taskId: id, contextId }) });
    expect(answered.result).toMatchObject({
      task: { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'It is blue.' }] }] },
    });
  });

  it('is told why a run failed', async () => {
    await open(async () => ({ failure: 'The disk is full.' }));
    const { result } = await face.call('SendMessage', { message: message('m1', 'Do it.') });
    expect(result).toMatchObject({
      task: { status: { state: 'TASK_STATE_FAILED', message: { parts: [{ text: 'The disk is full.' }] } } },
    });
  });

  it('cancels a run, more than once, and none that is over', async () => {
    await open(async (work) => {
      await new Promise((_resolve, reject) =>
        work.stopped.addEventListener('abort', () => reject(new Error('stopped'))),
      );
      return { result: 'never' };
    });
    const begun = await face.call('SendMessage', {
      message: message('m1', 'x'),
      configuration: { returnImmediately: true },
    });
    const { id } = (begun.result as { task: { id: string } }).task;
    expect(stateOf((await face.call('CancelTask', { id })).result)).toBe('TASK_STATE_CANCELED');
    expect(stateOf((await face.call('CancelTask', { id })).result)).toBe('TASK_STATE_CANCELED');
    await face.close();
    await open();
    const ended = await face.call('SendMessage', { message: message('m1', 'x') });
    const { task } = ended.result as { task: { id: string } };
    expect((await face.call('CancelTask', { id: task.id })).error).toMatchObject({ code: -32002 });
    const late = await face.call('SendMessage', { message: message('m2', 'y', { taskId: task.id }) });
    expect(late.error).toMatchObject({ code: -32004, message: 'The run is over.' });
    expect((await face.call('SubscribeToTask', { id: task.id })).error).toMatchObject({ code: -32004 });
  });

  it('subscribes to a run at work, beginning with what it holds', async () => {
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    await open(async (work) => {
      await work.say('before');
      await gate;
      await work.say('after');
      return { result: 'done' };
    });
    const begun = await face.call('SendMessage', {
      message: message('m1', 'x'),
      configuration: { returnImmediately: true },
    });
    const { id } = (begun.result as { task: { id: string } }).task;
    const response = await face.post({ jsonrpc: '2.0', id: 7, method: 'SubscribeToTask', params: { id } });
    goOn();
    const text = await response.text();
    expect(text.match(/before/g)).toHaveLength(1);
    expect(text.indexOf('after')).toBeGreaterThan(text.indexOf('before'));
    expect(text).toContain('TASK_STATE_COMPLETED');
  });
});

describe('a call that cannot be carried out', () => {
  it.each([
    ['no JSON', 'nonsense', -32700],
    ['no object', '[1]', -32700],
    ['no JSON-RPC', { method: 'GetTask' }, -32602],
    ['an unknown method', { jsonrpc: '2.0', id: 1, method: 'Dream', params: {} }, -32601],
    ['no parameters', { jsonrpc: '2.0', id: 1, method: 'GetTask' }, -32602],
    ['a task that is not there', { jsonrpc: '2.0', id: 1, method: 'GetTask', params: { id: 'x' } }, -32001],
    ['a subscription to one', { jsonrpc: '2.0', id: 1, method: 'SubscribeToTask', params: { id: 'x' } }, -32001],
    ['no message', { jsonrpc: '2.0', id: 1, method: 'SendMessage', params: {} }, -32602],
    [
      'a message without an id',
      { jsonrpc: '2.0', id: 1, method: 'SendMessage', params: { message: { parts: [] } } },
      -32602,
    ],
    [
      'a message to no task',
      { jsonrpc: '2.0', id: 1, method: 'SendMessage', params: { message: message('m', 't', { taskId: 'x' }) } },
      -32001,
    ],
    ['a page of no size', { jsonrpc: '2.0', id: 1, method: 'ListTasks', params: { pageSize: 1000 } }, -32602],
    [
      'push notifications',
      { jsonrpc: '2.0', id: 1, method: 'CreateTaskPushNotificationConfig', params: { taskId: 'x', url: 'x' } },
      -32003,
    ],
    ['an unknown method of version 0.3', { jsonrpc: '2.0', id: 1, method: 'tasks/dream', params: {} }, -32601],
    [
      'a task of version 0.3 that is not there',
      { jsonrpc: '2.0', id: 1, method: 'tasks/get', params: { id: 'x' } },
      -32001,
    ],
  ])('(%s) is answered with an error of JSON-RPC', async (_name, body, code) => {
    await open();
    expect(await (await face.post(body)).json()).toMatchObject({ jsonrpc: '2.0', error: { code } });
    expect(face.runs.tasks).toEqual([]);
  });
});

/** Asks until it is so: the run goes on in its own time. */
async function untilState(state: string, id: string): Promise<void> {
  while (stateOf((await face.call('GetTask', { id })).result) !== state)
    await new Promise((resolve) => setImmediate(resolve));
}
