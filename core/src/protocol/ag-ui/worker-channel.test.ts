// How the worker's answers come out of the events that carry them. What is made of them is tried in ../http/worker.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Channel } from '../../provider/index.js';
import { answering, contextFor } from '../http/testdata/loopback-agent.js';
import { LIMITS } from './limits.js';
import { type AgUiAgent, type Answer, startAgent, telling } from './testdata/agent.js';
import { finished, sse, started } from './testdata/events.js';
import { workerChannel } from './worker-channel.js';

let agent: AgUiAgent | undefined;
afterEach(async () => agent?.close());

const CALL = { agentdispatch: 'follow', invocationId: 'inv_1', after: 3 };
const custom = (name: string, value: unknown): object => ({ type: 'CUSTOM', name: `agentdispatch.${name}`, value });

async function call(answer: Answer, more: Partial<Channel> = {}): Promise<Response> {
  agent = await startAgent(answer);
  const channel = workerChannel({ ...agent.channel, ...more }, contextFor(), LIMITS);
  const { signal } = new AbortController();
  return await channel.fetch('/invocations', { method: 'POST', body: JSON.stringify(CALL), signal });
}

const typeOf = (response: Response): string | null => response.headers.get('content-type');
const ambiguous = (code: string): unknown => expect.objectContaining({ code, details: { ambiguous: true } });

describe('an answer', () => {
  it('of events comes as lines, with the signs of life between them', async () => {
    const response = await call(
      telling(
        started(),
        custom('event', { type: 'attached', bootId: 'b' }),
        custom('alive', null),
        { type: 'STATE_SNAPSHOT', snapshot: {} },
        custom('event', { type: 'log', seq: 1, text: 'Grüße' }),
        finished(),
      ),
    );
    expect(typeOf(response)).toBe('application/x-ndjson');
    expect(await response.text()).toBe('{"type":"attached","bootId":"b"}\n\n{"type":"log","seq":1,"text":"Grüße"}\n');
  });

  it('of one value comes as JSON', async () => {
    const response = await call(telling(started(), custom('answer', { worker: 1, bootId: 'b' }), finished()));
    expect([typeOf(response), await response.json()]).toEqual(['application/json', { worker: 1, bootId: 'b' }]);
  });

  it('of a file comes as bytes', async () => {
    const bytes = [0, 255, 128].map((byte) => custom('bytes', Buffer.from([byte, 1]).toString('base64')));
    const response = await call(telling(started(), ...bytes, finished()));
    expect(typeOf(response)).toBe('application/octet-stream');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 1, 255, 1, 128, 1]);
  });

  it('of nothing is empty', async () => {
    expect(await (await call(telling(started(), finished()))).text()).toBe('');
  });

  it.each<[title: string, answer: Answer]>([
    ['of another type', answering('text/html', '<html>')],
    ['with an error status', (response) => void response.writeHead(503).end('busy')],
  ])('%s comes as it is', async (_title, answer) => {
    const response = await call(answer);
    expect([response.status, await response.text()]).toEqual(response.ok ? [200, '<html>'] : [503, 'busy']);
  });
});

describe('the request', () => {
  it('carries the call in a run, which is the same for every call of an attempt', async () => {
    await call(telling(finished()));
    const first = agent?.inputs[0];
    expect(first).toMatchObject({ messages: [], tools: [], context: [], forwardedProps: CALL });
    await agent?.close();
    await call(telling(finished()));
    expect(agent?.inputs[0]).toEqual(first);
  });

  it('goes through a channel with the same bounds', async () => {
    agent = await startAgent();
    const channel = { ...agent.channel, answerSeconds: 20, ownSecrets: ['TOKEN'] };
    expect(workerChannel(channel, contextFor(), LIMITS)).toMatchObject({ answerSeconds: 20, ownSecrets: ['TOKEN'] });
  });
});

describe('fails without saying that the call had no effect', () => {
  it.each<[title: string, answer: Answer, code: string]>([
    ['when the run failed', telling(started(), { type: 'RUN_ERROR', message: 'no' }), 'AD_PROTOCOL_AGENT_ERROR'],
    ['at what is no JSON', answering('text/event-stream', 'data: {\n\n'), 'AD_PROTOCOL_RESPONSE'],
    ['at what is no event', answering('text/event-stream', 'data: 7\n\n'), 'AD_PROTOCOL_RESPONSE'],
    ['at a sign of life in the place of an answer', telling(custom('alive', null)), 'AD_PROTOCOL_RESPONSE'],
  ])('%s', async (_title, answer, code) => {
    await expect(call(answer)).rejects.toEqual(ambiguous(code));
  });

  it.each<[title: string, second: object, code: string]>([
    ['when the run fails in the middle', { type: 'RUN_ERROR', message: 'no' }, 'AD_PROTOCOL_AGENT_ERROR'],
    ['at an answer of two kinds', custom('bytes', ''), 'AD_PROTOCOL_RESPONSE'],
  ])('%s', async (_title, second, code) => {
    const response = await call(telling(started(), custom('event', { type: 'attached', bootId: 'b' }), second));
    await expect(response.text()).rejects.toEqual(ambiguous(code));
  });
});

it('leaves the connection at once when its answer is left', async () => {
  const response = await call((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(sse(started(), custom('event', { type: 'attached', bootId: 'b' })));
  });
  const reader = response.body?.getReader();
  await reader?.read();
  const waiting = reader?.read();
  await reader?.cancel();
  await agent?.clientGone;
  expect((await waiting)?.done).toBe(true);
});
