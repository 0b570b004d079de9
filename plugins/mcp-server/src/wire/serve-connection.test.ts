import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import { ControlPlaneLink } from '../control-plane-link.js';
import { MAX_LINE_BYTES } from './line-guard.js';
import { serveConnection } from './serve-connection.js';
import { createServerFactory } from '../server.js';
import { scriptedControlPlane } from '../testdata/scripted-control-plane.js';

interface Answer {
  id: number;
  result?: { isError?: boolean; tools?: unknown[]; structuredContent?: unknown; content: { text: string }[] };
  error?: { code: number; message: string };
}

/** A connection whose client writes lines and reads answers by request id: ask for the answer before you send. */
function open(script: Partial<ControlPlane> = {}, input = new PassThrough()) {
  const output = new PassThrough();
  const stop = new AbortController();
  const reported: Error[] = [];
  const link = new ControlPlaneLink(async () => scriptedControlPlane(script));
  const served = serveConnection(createServerFactory({ version: '0.0.0', link }), {
    input,
    output,
    stop: stop.signal,
    report: (error) => reported.push(error),
  });
  const answers = answersFrom(output);
  const send = (message: object): void => void input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const call = (id: number, name: string, args: object): Promise<Answer> => {
    const answer = answers(id);
    send({ id, method: 'tools/call', params: { name, arguments: args } });
    return answer;
  };
  const initialize = async (): Promise<void> => {
    const clientInfo = { name: 'tester', version: '1' };
    const answer = answers(0);
    send({ id: 0, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
    await answer;
    send({ method: 'notifications/initialized' });
  };
  return { input, output, stop, served, reported, send, answers, call, initialize };
}

function answersFrom(output: PassThrough): (id: number) => Promise<Answer> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let rest = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const answer of lines.map((line) => JSON.parse(line) as Answer)) waiting.get(answer.id)?.(answer);
  });
  return (id) => new Promise((resolve) => waiting.set(id, resolve));
}

describe('serveConnection', () => {
  it('ends when the client closes its side, and gives up what is under way', async () => {
    const started = new PassThrough();
    const connection = open({
      wait: (_input, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('given up')));
          started.end();
        }),
    });
    await connection.initialize();
    connection.send({ id: 1, method: 'tools/call', params: { name: 'wait_task', arguments: { task_ids: ['t'] } } });
    await new Promise((resolve) => started.resume().once('end', resolve));
    connection.input.end();
    await connection.served;
    expect(connection.output.writableEnded).toBe(true);
  });

  it('ends when it is told to stop, although the client stays', async () => {
    const connection = open();
    await connection.initialize();
    connection.stop.abort();
    await connection.served;
    expect(connection.input.destroyed).toBe(true);
  });

  it.each([
    ['ended', async (input: PassThrough) => void input.end().resume()],
    ['destroyed', async (input: PassThrough) => void input.destroy()],
  ])('ends at once when the input was %s before it began', async (_how, finish) => {
    const input = new PassThrough();
    const closed = new Promise((resolve) => input.once('close', resolve));
    await finish(input);
    await closed;
    await expect(open({}, input).served).resolves.toBeUndefined();
  });

  it('ends when nobody reads its answers any more', async () => {
    const { input, stop } = open();
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const link = new ControlPlaneLink(async () => scriptedControlPlane({}));
    const reported: Error[] = [];
    const served = serveConnection(createServerFactory({ version: '0.0.0', link }), {
      input,
      output: broken,
      stop: stop.signal,
      report: (error) => reported.push(error),
    });
    input.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    await served;
    expect(reported.map(({ message }) => message)).toContain('EPIPE');
  });

  it('hands an instruction over 4 MB to the control plane, which refuses it, and answers the next call', async () => {
    let received = 0;
    const connection = open({
      spawn: (input) => {
        received = input.instruction?.length ?? 0;
        return Promise.reject(new Error('too large'));
      },
      list: async () => ({ tasks: [] }),
    });
    await connection.initialize();
    const refused = await connection.call(1, 'spawn_cloud_agent', { instruction: 'x'.repeat(5_000_000) });
    expect(received).toBe(5_000_000);
    expect(refused.result?.isError).toBe(true);
    expect((await connection.call(2, 'list_tasks', {})).result?.structuredContent).toEqual({ tasks: [] });
  });

  it('refuses a message over the size it can read by name, and answers the next call', async () => {
    const connection = open({ list: async () => ({ tasks: [] }) });
    await connection.initialize();
    const refused = await connection.call(1, 'spawn_cloud_agent', { instruction: 'x'.repeat(MAX_LINE_BYTES + 1) });
    expect(refused.error?.message).toContain('AD_INPUT_TOO_LARGE');
    expect((await connection.call(2, 'list_tasks', {})).result?.structuredContent).toEqual({ tasks: [] });
  });

  it('skips lines that are no messages', async () => {
    const connection = open();
    connection.input.write('hello\n{"neither":"request nor answer"}\n\n');
    await connection.initialize();
    const listed = connection.answers(1);
    connection.send({ id: 1, method: 'tools/list' });
    expect((await listed).result?.tools).toHaveLength(11);
  });
});
