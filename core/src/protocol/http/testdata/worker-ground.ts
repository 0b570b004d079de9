// What the tests of the worker's driver share: a loopback worker, a context of one attempt, and time that the test passes.
import { afterEach, beforeEach, expect } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Handle, WorkerEvent } from '@agent-dispatch/schemas';
import type { DriverContext } from '../../../provider/index.js';
import type { AgentScript } from '../../../testing/index.js';
import { createHttpProtocolDriver, httpProtocolDriver } from '../http-driver.js';
import { type HttpLimits, LIMITS } from '../limits.js';
import { contextFor, HANDLE } from './loopback-agent.js';
import { LoopbackWorker } from './loopback-worker.js';

const TASK_ID = 'task_01jv4k5m6n7p8q9r0stvwxyz01';
export const MIB = 1024 * 1024;

export let worker: LoopbackWorker;
export let directory: string;
export let stop: AbortController;
/** The pauses that the driver made. Milliseconds. */
export let slept: number[];
/** Lets the time pass that ends what takes too long. */
export let passTime: (() => void)[];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'agentdispatch-http-worker-'));
  stop = new AbortController();
  slept = [];
  passTime = [];
});
afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await worker.close();
  await rm(directory, { recursive: true, force: true });
});

/** Pauses pass at once; the time that ends what takes too long passes when the test says so. */
function clock(): DriverContext['clock'] {
  let time = 0;
  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => reject(signal?.reason as Error);
        signal?.addEventListener('abort', abort, { once: true });
        if (signal !== stop.signal) return void passTime.push(resolve);
        slept.push(ms);
        time += ms;
        setImmediate(() => {
          signal.removeEventListener('abort', abort);
          resolve();
        });
      }),
  };
}

export const context = (more: Partial<DriverContext> = {}): DriverContext =>
  contextFor({ taskId: TASK_ID, agent: 'worker', directory, signal: stop.signal, clock: clock(), ...more });

export function asking(input: DriverContext['request']['input']): Partial<DriverContext> {
  const { request } = contextFor();
  return { request: { ...request, input: { ...request.input, ...input } } };
}

export const startWorker = async (script: AgentScript): Promise<LoopbackWorker> =>
  (worker = await LoopbackWorker.start(script));

export const start = (more: Partial<DriverContext> = {}, handle: Handle = HANDLE, limits: Partial<HttpLimits> = {}) =>
  createHttpProtocolDriver({ ...LIMITS, ...limits }).start(worker.channel, handle, context(more));
export const resume = (more: Partial<DriverContext> = {}, handle: Handle = HANDLE) =>
  httpProtocolDriver.resume(worker.channel, handle, context(more));

export const knownAt = (bootId: string): Handle => ({ ...HANDLE, conversation: { bootId } });
export const finished: AgentScript = async () => ({ result: 'done' });
/** Tells these events, then the end. */
export const telling =
  (...events: WorkerEvent[]): AgentScript =>
  async () => {
    await Promise.resolve();
    for (const event of events) worker.run.tell(event);
    return { result: 'done' };
  };
export const failedWith = (code: string, message: unknown = expect.any(String)): unknown =>
  expect.objectContaining({ type: 'ended', outcome: 'failed', error: expect.objectContaining({ code, message }) });
export const lines = (response: ServerResponse, ...all: unknown[]): true => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.end(all.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)) + '\n').join(''));
  return true;
};
export const attached = (bootId = 'boot-1'): WorkerEvent => ({ type: 'attached', bootId });
