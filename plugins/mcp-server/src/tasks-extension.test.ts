// The Tasks extension, as a client of the modern era that declares it speaks it.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import { CLIENT_CAPABILITIES_META_KEY, type Client, type StandardSchemaV1 } from '@modelcontextprotocol/client';
import { connectedClient } from './testdata/connected-client.js';
import { scriptedControlPlane } from './testdata/scripted-control-plane.js';

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const view = {
  task_id: 't',
  status: 'queued',
  terminal: false,
  phase: 'accepted',
  created_at: '2030-01-01T00:00:00.000Z',
  last_activity_at: '2030-01-01T00:00:01.000Z',
};
const head = {
  taskId: 't',
  statusMessage: 'accepted',
  createdAt: view.created_at,
  lastUpdatedAt: view.last_activity_at,
  ttlMs: null,
  pollIntervalMs: 5000,
};
const anything: StandardSchemaV1<unknown, Record<string, unknown>> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Record<string, unknown> }) },
};

let client: Client;
afterEach(() => client.close());

async function open(
  script: Partial<ControlPlane>,
  capabilities: object = { ...TASKS, elicitation: { form: {} } },
  era: 'legacy' | 'modern' = 'modern',
): Promise<void> {
  client = await connectedClient({ era, connect: async () => scriptedControlPlane(script), capabilities });
}

/** Without what the SDK says about the server in each answer. */
async function request(method: string, params: object): Promise<Record<string, unknown>> {
  const { _meta, ...answer } = await client.request({ method, params: { ...params } }, anything);
  return answer;
}

/** A wait that tells of the task in this state. */
const waiting = (state: object): Partial<ControlPlane> => ({
  wait: async (input) => {
    expect(input).toEqual({ task_ids: ['t'], timeout_seconds: 0 });
    const task = { ...view, ...state };
    const place = task.terminal ? 'done' : task.status === 'input_required' ? 'attention' : 'pending';
    const answer = { done: [], attention: [], pending: [], events: [], timed_out: true, cursor: 'c', [place]: [task] };
    return answer;
  },
});

/** What a tool call is answered with on the wire: the client of the SDK takes no task for an answer. */
async function rawCall(capabilities: object): Promise<unknown> {
  await open({ spawn: async () => view as never }, capabilities);
  const seen: unknown[] = [];
  const { transport } = client;
  const deliver = transport?.onmessage;
  if (transport) transport.onmessage = (message, extra) => (seen.push(message), deliver?.(message, extra));
  await client.callTool({ name: 'spawn_cloud_agent', arguments: { instruction: 'Go.' } }).catch(() => undefined);
  return (seen.at(-1) as { result: unknown }).result;
}

describe('a client that declares tasks', () => {
  it('sees that the server speaks them', async () => {
    await open({});
    expect(client.getServerCapabilities()?.extensions).toEqual(TASKS.extensions);
  });

  it('gets a task in place of the answer that starts one, under the same id', async () => {
    expect(await rawCall(TASKS)).toMatchObject({ resultType: 'task', ...head, status: 'working' });
  });

  it.each([
    ['queued', {}, { status: 'working' }],
    ['being cancelled', { status: 'cancelling' }, { status: 'working' }],
    ['cancelled', { status: 'cancelled', terminal: true }, { status: 'cancelled' }],
  ])('sees a task that is %s', async (_what, state, expected) => {
    await open(waiting(state));
    expect(await request('tasks/get', { taskId: 't' })).toEqual({ ...head, ...expected });
  });

  it.each([
    ['succeeded', false],
    ['failed', true],
    ['lost', true],
  ])('gets the end of a task that %s as the result of the call', async (status, isError) => {
    const ended = { status, terminal: true, result: 'r' };
    await open(waiting(ended));
    const task = await request('tasks/get', { taskId: 't' });
    expect(task).toMatchObject({
      status: 'completed',
      result: { isError, structuredContent: { task_id: 't', status, result: 'r' }, content: [{ type: 'text' }] },
    });
  });

  const flat = { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] };
  const deep = { type: 'object', properties: { sizes: { type: 'array', items: {} } } };
  const input_requests = [
    { request_id: 'q1', question: 'Which branch?' },
    { request_id: 'q2', question: 'How large?', schema: flat },
    { request_id: 'q3', question: 'Which sizes?', schema: deep },
  ];
  const asks = { status: 'input_required', input_requests };
  const text = { type: 'object', properties: { answer: { type: 'string', title: 'Answer' } }, required: ['answer'] };

  it('sees what the agent asks as forms', async () => {
    await open(waiting(asks));
    const { status, inputRequests } = await request('tasks/get', { taskId: 't' });
    expect(status).toBe('input_required');
    expect(
      Object.entries(inputRequests as Record<string, { method: string; params: Record<string, unknown> }>).map(
        ([key, { method, params }]) => [key, method, params['message'], params['requestedSchema']],
      ),
    ).toEqual([
      ['q1', 'elicitation/create', 'Which branch?', text],
      ['q2', 'elicitation/create', 'How large?', flat],
      ['q3', 'elicitation/create', 'Which sizes?', text],
    ]);
  });

  it('that shows no forms sees a task that goes on: its model can answer with send_message', async () => {
    await open(waiting(asks), TASKS);
    expect(await request('tasks/get', { taskId: 't' })).toMatchObject({ status: 'working' });
  });

  it('that shows pages alone, and no forms, sees a task that goes on', async () => {
    await open(waiting(asks), { ...TASKS, elicitation: { url: {} } });
    expect(await request('tasks/get', { taskId: 't' })).toMatchObject({ status: 'working' });
  });

  it('answers what is asked, and nothing else', async () => {
    const sent: unknown[] = [];
    await open({
      get: async () => ({ ...view, ...asks }) as never,
      send: async (input) => (sent.push(input), {} as never),
    });
    const inputResponses = {
      q1: { action: 'accept', content: { answer: 'main' } },
      q2: { action: 'accept', content: { size: 3 } },
      q3: { action: 'cancel' },
      other: { action: 'accept', content: { answer: 'x' } },
    };
    expect(await request('tasks/update', { taskId: 't', inputResponses })).toEqual({});
    expect(sent).toEqual([
      { task_id: 't', request_id: 'q1', message: 'main', message_id: 'input:q1' },
      { task_id: 't', request_id: 'q2', message: '{"size":3}', message_id: 'input:q2' },
    ]);
  });

  it('answers a question that is asked again under its id, and not by what it said to the former', async () => {
    const sent: { message: string; message_id?: string }[] = [];
    let times = 0;
    const asksAgain = async (): Promise<never> => {
      const asked_at = `2030-01-01T00:00:0${String(times)}.000Z`;
      return { ...view, status: 'input_required', input_requests: [{ ...asks.input_requests[0], asked_at }] } as never;
    };
    await open({
      get: asksAgain,
      wait: async () => ({ done: [], attention: [await asksAgain()], pending: [] }) as never,
      send: async (input) => (sent.push(input), {} as never),
    });
    const keys: string[] = [];
    for (const answer of ['one', 'two']) {
      times += 1;
      const { inputRequests } = await request('tasks/get', { taskId: 't' });
      keys.push(...Object.keys(inputRequests as object));
      const inputResponses = Object.fromEntries(
        keys.map((key, index) => [
          key,
          { action: 'accept', content: { answer: index + 1 === times ? answer : 'old' } },
        ]),
      );
      await request('tasks/update', { taskId: 't', inputResponses });
    }
    expect(sent.map(({ message }) => message)).toEqual(['one', 'two']);
    expect(new Set([...keys, ...sent.map(({ message_id }) => message_id)]).size).toBe(4);
  });

  it('that answers what was answered before is acknowledged', async () => {
    await open({
      get: async () => ({ ...view, ...asks }) as never,
      send: () => Promise.reject(new DispatchError('AD_INPUT_IDEMPOTENCY_CONFLICT', 'sent before')),
    });
    const inputResponses = { q1: { action: 'decline' } };
    expect(await request('tasks/update', { taskId: 't', inputResponses })).toEqual({});
  });

  it('cancels', async () => {
    const cancelled: unknown[] = [];
    await open({ cancel: async (input) => (cancelled.push(input), {} as never) });
    expect(await request('tasks/cancel', { taskId: 't' })).toEqual({});
    expect(cancelled).toEqual([{ task_id: 't' }]);
  });

  it.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('is told by %s that a task is not there', async (method) => {
    const missing = (): Promise<never> =>
      Promise.reject(new DispatchError('AD_TASK_NOT_FOUND', 'there is no task here'));
    await open({ wait: missing, get: missing, cancel: missing });
    await expect(request(method, { taskId: 'nope', inputResponses: {} })).rejects.toMatchObject({ code: -32602 });
  });

  it.each([
    ['tasks/get', {}],
    ['tasks/get', { taskId: 7 }],
    ['tasks/update', { taskId: 't' }],
  ])('is refused %s with %j', async (method, params) => {
    await open({});
    await expect(request(method, params)).rejects.toMatchObject({ code: -32602 });
  });
});

describe('a client that does not', () => {
  it('gets the answer itself', async () => {
    expect(await rawCall({})).toMatchObject({ resultType: 'complete', structuredContent: view });
  });

  it.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('is told by %s what it has to declare', async (method) => {
    await open({}, {});
    await expect(request(method, { taskId: 't', inputResponses: {} })).rejects.toMatchObject({
      code: -32021,
      data: { requiredCapabilities: TASKS },
    });
  });

  it('cannot declare it in the legacy era', async () => {
    await open({ spawn: async () => view as never }, TASKS, 'legacy');
    expect((await client.callTool({ name: 'spawn_cloud_agent' })).structuredContent).toEqual(view);
    expect(client.getServerCapabilities()?.extensions).toBeUndefined();
    const _meta = { [CLIENT_CAPABILITIES_META_KEY]: TASKS };
    await expect(request('tasks/cancel', { taskId: 't', _meta })).rejects.toMatchObject({ code: -32601 });
  });
});
