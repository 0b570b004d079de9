// The real worker in AG-UI, with agents as processes: before the client of AG-UI's own project, and before our own driver.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpAgent } from '@ag-ui/client';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import type { Channel, DriverContext, DriverEvent, Handle } from '@agent-dispatch/core/provider';
import { TestWorker } from '../../testdata/test-worker.js';

let worker: TestWorker;
let directory: string;
beforeEach(async () => {
  worker = await TestWorker.start({ protocol: 'ag-ui', defaultAgent: 'scripted' });
  directory = mkdtempSync(path.join(tmpdir(), 'ag-ui-'));
});
afterEach(async () => {
  await worker.remove();
  rmSync(directory, { recursive: true, force: true });
});

const steps = (...all: unknown[]): string => JSON.stringify(all);
const QUESTION = { say: { type: 'input_required', request: { requestId: 'q1', question: 'Which?' } } };

describe('the client of AG-UI', () => {
  function clientFor(instruction: string): HttpAgent {
    const client = new HttpAgent({ url: `${worker.url}/invocations` });
    client.addMessage({ id: 'm', role: 'user', content: instruction });
    return client;
  }

  it('gets output, progress and result of an agent', async () => {
    const client = clientFor(
      steps(
        { say: 'working\n' },
        { say: { type: 'progress', message: 'half', fraction: 0.5 } },
        { say: { type: 'ended', outcome: 'succeeded', result: { json: { answer: 42 } } } },
      ),
    );
    const { result } = (await client.runAgent()) as { result: unknown };
    expect(result).toEqual({ answer: 42 });
    expect(client.messages.slice(1)).toMatchObject([
      { role: 'assistant', content: 'working\n' },
      { role: 'activity', content: { message: 'half', fraction: 0.5 } },
    ]);
  });

  it('answers its question', async () => {
    const client = clientFor(steps(QUESTION, { await: 'message' }));
    await client.runAgent();
    const interruptId = client.pendingInterrupts[0]?.id ?? '';
    const { result } = (await client.runAgent({
      resume: [{ interruptId, status: 'resolved', payload: 'this one' }],
    })) as { result: unknown };
    expect(result).toBe('this one');
  });
});

describe('our own driver', () => {
  const handle: Handle = { version: 1, data: {}, resources: [] };
  const channel: Channel = { fetch: (path, request) => fetch(worker.url + path, request) };

  const contextFor = (input: DriverContext['request']['input']): DriverContext => ({
    installationId: 'inst-1',
    taskId: 'task_01hzy3m5q8w9e7r6t4y2p1q0wz',
    attempt: 1,
    account: { name: 'test', provider: 'test', settings: {} },
    deadline: Date.now() + 60_000,
    directory,
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'test',
      target: { mode: 'session', protocol: 'ag-ui' },
      input,
      limits: {},
      retry: {},
    },
    signal: new AbortController().signal,
    clock: { now: Date.now, sleep: (ms, signal) => delay(ms, undefined, { signal }) },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text },
    environment: {},
    secrets: {},
    pace: async () => undefined,
    agent: 'worker',
  });

  it('begins a run with a file, answers its question, and takes its files and its result', async () => {
    const driver = await protocolDrivers.get('ag-ui');
    const instruction = steps(QUESTION, { await: 'message' }, { write: ['out/report.txt', 'all is well'] });
    const context = contextFor({
      instruction,
      inputs: [{ path: 'in/notes.txt', text: 'be brief' }],
      artifacts: ['out/*'],
    });
    const told: DriverEvent[] = [];
    for await (const event of driver.start(channel, handle, context)) {
      told.push(event);
      if (event.type === 'artifact' && 'file' in event.artifact.content) {
        expect(readFileSync(event.artifact.content.file, 'utf8')).toBe('all is well');
      }
      if (event.type !== 'input_required') continue;
      const message = { id: 'm1', text: 'this one', requestId: event.request.requestId };
      expect(await driver.send?.(channel, handle, message, context)).toEqual({ state: 'delivered' });
    }
    expect(told).toMatchObject([
      { type: 'handle' },
      { type: 'attached' },
      { type: 'input_required', request: { requestId: 'q1' } },
      { type: 'input_received' },
      { type: 'message', text: 'this one' },
      { type: 'artifact', artifact: { name: 'out/report.txt' } },
      { type: 'ended', outcome: 'succeeded', result: { text: 'this one' } },
    ]);
  });

  it('stops a run', async () => {
    const driver = await protocolDrivers.get('ag-ui');
    const context = contextFor({ instruction: steps(QUESTION, { await: 'message' }) });
    const told: DriverEvent[] = [];
    for await (const event of driver.start(channel, handle, context)) {
      told.push(event);
      if (event.type === 'input_required') expect(await driver.cancel?.(channel, handle, context)).toBe('stopped');
    }
    expect(told.at(-1)).toMatchObject({ type: 'ended', outcome: 'cancelled' });
  });
});
