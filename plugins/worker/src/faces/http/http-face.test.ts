// What callers meet that speak plain HTTP: prompts without a contract, the runs as resources, and refusals.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ended, eventsIn, newTask, said, steps, TestWorker } from '../../testdata/test-worker.js';

let worker: TestWorker;
beforeEach(async () => {
  worker = await TestWorker.start({ agents: { shell: { command: ['/bin/sh'] } } });
});
afterEach(() => worker.remove());

const dataOf = (text: string): unknown[] =>
  text
    .split('\n\n')
    .filter((part) => part.startsWith('data: '))
    .map((part) => JSON.parse(part.slice(6)) as unknown);

describe('a prompt', () => {
  it('is run, and answered with events while it works', async () => {
    const response = await worker.post(
      { prompt: 'echo one; echo two >&2; exit 0', extra: 1 },
      { headers: { accept: 'text/event-stream, application/json' } },
    );
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const id = response.headers.get('x-agentdispatch-invocation-id') ?? '';
    const messages = dataOf(await response.text());
    expect(messages).toContainEqual({ type: 'log', stream: 'stdout', text: 'one\n' });
    expect(messages.at(-1)).toEqual({ type: 'ended', outcome: 'succeeded', result: 'one\n' });
    expect((await fetch(`${worker.url}/runs/${id}/events`)).status).toBe(200);
  });

  it('is answered with one document where the caller wants only that', async () => {
    const headers = { accept: 'application/json' };
    expect(await (await worker.post({ prompt: 'echo one' }, { headers })).json()).toMatchObject({ result: 'one\n' });
    const failed = await worker.post({ prompt: 'echo half; exit 2' }, { headers });
    expect([failed.status, await failed.json()]).toEqual([
      200,
      {
        invocationId: expect.any(String),
        error: { code: 'AGENT_FAILED', message: 'The agent ended with exit code 2.' },
        output: 'half\n',
      },
    ]);
  });

  it('with the name of its task is one run, however often it is sent', async () => {
    const body = { prompt: 'echo ran', taskId: newTask().taskId, attempt: 2 };
    const answers = await Promise.all([worker.post(body), worker.post(body)]);
    const ids = answers.map(({ headers }) => headers.get('x-agentdispatch-invocation-id'));
    expect(ids).toEqual([`${body.taskId}-2`, `${body.taskId}-2`]);
    expect(await Promise.all(answers.map((response) => response.text()))).toHaveLength(2);
  });

  it('that is refused is told so in the stream', async () => {
    await worker.restart({ agents: { a: { command: ['a'] }, b: { command: ['b'] } } });
    const response = await worker.post({ prompt: 'x' });
    expect(dataOf(await response.text())).toEqual([
      { error: { code: 'refused', message: expect.stringContaining('a, b') } },
    ]);
  });
});

it.each([
  ['no JSON', 'what?'],
  ['a list', '[]'],
  ['JSON without a prompt', '{"promt":"x"}'],
  ['a prompt that is no text', '{"prompt":7}'],
  ['nothing', ''],
  ['a call that is none', '{"agentdispatch":"dance"}'],
  ['a call without what it needs', '{"agentdispatch":"send","invocationId":"invocation-0000001"}'],
])('a body that is %s is refused in the answer', async (_what, body) => {
  const response = await fetch(`${worker.url}/invocations`, { method: 'POST', body });
  expect([response.status, await response.json()]).toEqual([
    200,
    { worker: 1, bootId: expect.any(String), error: { code: 'invalid', message: expect.any(String) } },
  ]);
});

it('a body beyond all bounds is refused', async () => {
  const response = await worker.post({ prompt: 'x'.repeat(40_000_000) }).catch(() => undefined);
  // The connection may be closed while the body is still on its way.
  expect([undefined, 413]).toContain(response?.status);
  expect(await worker.ping()).toMatchObject({ status: 'Healthy' });
});

describe('the runs as resources', () => {
  const get = (path: string) => fetch(`${worker.url}/runs/${path}`);
  const post = (path: string, body?: unknown) =>
    fetch(`${worker.url}/runs/${path}`, {
      method: 'POST',
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  it('give their events and artifacts', async () => {
    const task = newTask({ instruction: 'mkdir "a b"; echo hi > "a b/c.html"; echo out', artifacts: ['**'] });
    await worker.run(task);
    const events = [];
    for await (const event of eventsIn(await get(`${task.invocationId}/events?after=1&wait=5`))) events.push(event);
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [undefined, 'attached'],
      [2, 'artifact'],
      [3, 'ended'],
    ]);
    const artifact = await get(`${task.invocationId}/artifacts/a%20b/c.html`);
    expect(await artifact.text()).toBe('hi\n');
    expect(Object.fromEntries(artifact.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
    });
  });

  it('take messages and cancels', async () => {
    const { AGENTS } = await import('../../testdata/test-worker.js');
    await worker.restart({ agents: AGENTS });
    const task = newTask({ framework: 'scripted', instruction: steps({ await: 'message' }, { await: 'message' }) });
    await worker.start(task);
    const delivered = await post(`${task.invocationId}/messages`, { id: 'm1', text: 'one' });
    expect(await delivered.json()).toMatchObject({ receipt: { state: 'delivered' }, state: 'running' });
    expect((await post(`${task.invocationId}/messages`, { text: 'no id' })).status).toBe(400);
    const cancelled = await post(`${task.invocationId}/cancel`, { reason: 'enough' });
    expect(await cancelled.json()).toMatchObject({ state: 'cancelled' });
    const events = await worker.run(task);
    expect([ended(events)?.outcome, said(events, 'system')]).toEqual(['cancelled', 'Cancelled: enough\n']);
  });

  it.each([
    ['GET', 'nobody-knows-this/events', 404],
    ['POST', 'nobody-knows-this/cancel', 404],
    ['DELETE', 'nobody-knows-this/events', 404],
    ['GET', '%2e%2e/artifacts/x', 404],
  ])('%s %s is answered with status %d', async (method, path, status) => {
    const response = await fetch(`${worker.url}/runs/${path}`, { method });
    expect([response.status, await response.json()]).toEqual([status, { error: expect.anything() }]);
  });

  it('tell what is wrong with a question', async () => {
    const task = newTask({ instruction: 'true' });
    await worker.run(task);
    expect((await get(`${task.invocationId}/events?after=-1`)).status).toBe(400);
    expect((await get(`${task.invocationId}/events?wait=forever`)).status).toBe(400);
    expect((await get(`${task.invocationId}/artifacts/%zz`)).status).toBe(404);
  });
});

describe('ping and readiness', () => {
  it('are answered to anyone', async () => {
    expect(await worker.ping()).toEqual({ status: 'Healthy', time_of_last_update: expect.any(Number) });
    expect((await fetch(`${worker.url}/readiness`)).status).toBe(200);
  });
});
