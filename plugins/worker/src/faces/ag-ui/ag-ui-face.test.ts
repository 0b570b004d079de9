// What nobody should send: it is refused, and begins nothing.
import { afterEach, describe, expect, it } from '@jest/globals';
import { type FaceOnLoopback, faceOnLoopback } from '../testdata/face-on-loopback.js';
import { createFace } from './ag-ui-face.js';

let face: FaceOnLoopback | undefined;
afterEach(async () => face?.close());

const INPUT = { threadId: 't', runId: 'r', messages: [{ id: 'm', role: 'user', content: 'Do it.' }] };

async function post(body: unknown): Promise<Response> {
  face = await faceOnLoopback(createFace)(async () => ({ result: 'done' }));
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await fetch(`${face.url}/invocations`, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json' },
  });
}

const eventsIn = async (response: Response): Promise<unknown[]> =>
  [...(await response.text()).matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data) as unknown);

describe('is refused before a run begins', () => {
  it.each<[title: string, body: unknown, status: number, message: RegExp]>([
    ['what is no JSON', '{"threadId":', 400, /no JSON object/],
    ['what is no object', '[1]', 400, /no JSON object/],
    ['an input without a thread', { ...INPUT, threadId: undefined }, 400, /threadId is no text/],
    ['an input with a run id that is no text', { ...INPUT, runId: 7 }, 400, /runId is no text/],
    ['an input without messages', { ...INPUT, messages: undefined }, 400, /messages is no list/],
    ['a message without a role', { ...INPUT, messages: [{ id: 'm', content: 'x' }] }, 400, /role is no text/],
    ['an input that says nothing to do', { ...INPUT, messages: [] }, 400, /no message of the user/],
    ['a context that is no list', { ...INPUT, context: {} }, 400, /context is no list/],
    [
      'an answer to a question of another agent',
      { ...INPUT, resume: [{ interruptId: 'x', status: 'resolved' }] },
      400,
      /One question/,
    ],
    [
      'an answer with a status that is not known',
      { ...INPUT, resume: [{ interruptId: 'x', status: 'maybe' }] },
      400,
      /status/,
    ],
    [
      'two answers',
      { ...INPUT, resume: ['a', 'b'].map((id) => ({ interruptId: `inv_1.1.${id}`, status: 'resolved' })) },
      400,
      /One question/,
    ],
    [
      'an answer to a run that is not known',
      { ...INPUT, resume: [{ interruptId: 'inv_1.1.q', status: 'resolved' }] },
      404,
      /not known/,
    ],
  ])('%s', async (_title, body, status, message) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { code: expect.any(String), message: expect.stringMatching(message) },
    });
    expect(face?.runs.tasks).toEqual([]);
  });
});

it('a body that is longer than any task is read no further', async () => {
  expect((await post(' '.repeat(33 * 1024 * 1024))).status).toBe(413);
});

it.each([
  ['of another path', 'POST', '/other'],
  ['of another method', 'GET', '/invocations'],
])('a request %s is not its own', async (_title, method, path) => {
  await post(INPUT);
  const response = await fetch(new URL(path, face?.url), { method });
  expect(response.status).toBe(404);
});

it('leaves out what it does not know', async () => {
  const events = await eventsIn(await post({ ...INPUT, protocolVersion: '9.0', news: true, tools: [{ name: 'x' }] }));
  expect(events).toEqual([
    { type: 'RUN_STARTED', threadId: 't', runId: 'r', protocolVersion: '1.0' },
    { type: 'STATE_SNAPSHOT', snapshot: { artifacts: {} } },
    expect.objectContaining({ type: 'RUN_FINISHED', result: 'done' }),
  ]);
});

describe('a call of a dispatcher', () => {
  const call = async (forwardedProps: object): Promise<unknown> => {
    const [begun, answer, ...rest] = await eventsIn(await post({ ...INPUT, messages: [], forwardedProps }));
    expect([begun, rest]).toMatchObject([{ type: 'RUN_STARTED' }, [{ type: 'RUN_FINISHED' }]]);
    return answer;
  };

  it.each<[title: string, forwardedProps: object, code: string]>([
    ['that is not known is refused in the answer', { agentdispatch: 'explode' }, 'invalid'],
    ['that lacks what it needs is refused in the answer', { agentdispatch: 'start' }, 'invalid'],
    [
      'about a run that is not known is refused in the answer',
      { agentdispatch: 'cancel', invocationId: 'inv_1' },
      'unknown_run',
    ],
    [
      'that the worker fails at is answered without details',
      { agentdispatch: 'put_input', invocationId: 'inv_1', path: 'a', sha256: 'a'.repeat(64), size: 1, base64: 'YQ==' },
      'internal',
    ],
  ])('%s', async (_title, forwardedProps, code) => {
    expect(await call(forwardedProps)).toEqual({
      type: 'CUSTOM',
      name: 'agentdispatch.answer',
      value: { worker: 1, bootId: face?.runs.bootId, error: { code, message: expect.any(String) } },
    });
    expect(face?.runs.tasks).toEqual([]);
  });

  it('to follow a run that is not known is told so', async () => {
    expect(await call({ agentdispatch: 'follow', invocationId: 'inv_1' })).toMatchObject({
      name: 'agentdispatch.event',
      value: { type: 'refused', error: { code: 'unknown_run' } },
    });
  });
});
