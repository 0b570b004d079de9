// The way to an attempt's worker, with real workers: what is told when they die, are stopped or cannot begin.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Channel, DispatchRequest } from '@agent-dispatch/core/provider';
import { isRunning, type ProcessIdentity } from '../attempt/process-identity.js';
import { takeClaim } from '../attempt/claim.js';
import { createRecord, readRecord } from '../attempt/records.js';
import { Bench, node } from '../testdata/bench.js';
import { anythingRuns } from '../testdata/processes.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const request = (details: object = {}): DispatchRequest => ({
  taskType: 'agent.run',
  capability: 'agent-runtime',
  account: 'local',
  target: { mode: 'runtime', protocol: 'http', details: { command: node('setInterval(() => {}, 1000)'), ...details } },
  input: { instruction: 'work' },
  limits: {},
  retry: {},
});
const over = { code: 'AD_PROVIDER_AGENT_FAILED', details: { over: true } };
const signal = new AbortController().signal;
const status = async (channel: Channel, path = '/ping'): Promise<number> =>
  (await channel.fetch(path, { method: 'GET', signal })).status;

const workerFile = (number: number, name: string): string => join(bench.paths.root, `worker-${number}`, name);
const workerAt = (number: number): ProcessIdentity => readRecord(workerFile(number, 'process.json')) as ProcessIdentity;

/** Resolves when it is gone; its shim may not have told yet. */
async function kill(number: number): Promise<void> {
  const worker = workerAt(number);
  process.kill(worker.pid, 'SIGKILL');
  while (isRunning(worker)) await new Promise(setImmediate);
}

async function open(asked = request()) {
  const prepared = await bench.prepare(asked);
  return { ...prepared, channel: prepared.driver.channel(prepared.handle, prepared.context) };
}

describe('a channel', () => {
  it('leads to the worker that provision has started, with its token, wherever its path points', async () => {
    const { channel } = await open();
    expect(await status(channel)).toBe(200);
    // Beyond `ping` the worker wants the token: without it, this would be 401.
    expect(await status(channel, '//elsewhere.example/nothing')).toBe(404);
    expect(await status(channel, 'http://elsewhere.example/nothing')).toBe(404);
    const port = readFileSync(workerFile(1, 'port'), 'utf8').trim();
    expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(401);
  });

  it('leads to another worker over the same runs when the first was killed, and says so when the runs are gone', async () => {
    const { channel } = await open();
    const boot = async (): Promise<unknown> => {
      const body = JSON.stringify({ agentdispatch: 'follow', invocationId: 'i'.repeat(20), after: 0, waitSeconds: 0 });
      const answer = await channel.fetch('/invocations', { method: 'POST', body, signal });
      return (JSON.parse((await answer.text()).split('\n', 1)[0] ?? '') as { bootId: unknown }).bootId;
    };
    const before = await boot();
    await kill(1);
    expect(await boot()).toBe(before);
    expect(isRunning(workerAt(2))).toBe(true);
    // What took the first one's port meanwhile may have seen its token.
    expect(readFileSync(workerFile(2, 'token'), 'utf8')).not.toBe(readFileSync(workerFile(1, 'token'), 'utf8'));
    rmSync(join(bench.paths.root, 'runs'), { recursive: true });
    await kill(2);
    expect(await boot()).not.toBe(before);
  });

  it('gives all who ask at the same time the same worker', async () => {
    const { channel } = await open();
    await kill(1);
    expect(await Promise.all([1, 2, 3].map(() => status(channel)))).toEqual([200, 200, 200]);
    expect(existsSync(workerFile(3, 'port'))).toBe(false);
  });

  it('of a cancelled attempt says that all is over, and starts nothing', async () => {
    const { channel, driver, handle, context } = await open();
    expect(await driver.cancel(handle, context)).toBe('stopped');
    await expect(status(channel)).rejects.toMatchObject(over);
    expect(anythingRuns(bench)).toBe(false);
  });

  it('of an attempt that was cleaned up says that all is over, and starts nothing', async () => {
    const { channel, driver, handle, context } = await open();
    await driver.cleanup(handle.resources, handle, context);
    await expect(status(channel)).rejects.toMatchObject(over);
    expect(anythingRuns(bench)).toBe(false);
  });

  it('of an attempt whose directory somebody removed ends what still runs, and says so', async () => {
    const { channel } = await open();
    rmSync(bench.paths.root, { recursive: true });
    await expect(status(channel)).rejects.toMatchObject(over);
    expect(anythingRuns(bench)).toBe(false);
  });
});

describe('a worker that was killed before it listened', () => {
  it('is followed by the next, and fails nothing', async () => {
    const prepared = await open();
    const other = new Bench();
    try {
      const context = { ...prepared.context, directory: other.directory };
      const provisioning = prepared.driver.provision(prepared.handle, context)[Symbol.asyncIterator]();
      await provisioning.next();
      const root = join(other.paths.root, 'worker-1');
      mkdirSync(root);
      takeClaim(root, 1, { owner: 'shim', process: { pid: 1, startTime: 'long ago', bootId: 'another' } });
      createRecord(join(root, 'exit.json'), { ending: 'exited', code: null, signal: 'SIGKILL', stderrTail: '', at: 1 });
      expect((await provisioning.next()).done).toBe(true);
      expect(await status(prepared.driver.channel(prepared.handle, context))).toBe(200);
      await prepared.driver.cancel(prepared.handle, context);
    } finally {
      await other.close();
    }
  });
});

describe('a worker that cannot begin', () => {
  it('fails the provisioning with what it said', async () => {
    const { driver, handle, context } = await open();
    await driver.cancel(handle, context);
    const other = new Bench();
    try {
      const blocked = { ...context, directory: other.directory };
      const iterator = driver.provision(handle, blocked)[Symbol.asyncIterator]();
      await iterator.next();
      mkdirSync(join(other.paths.root, 'runs'));
      writeFileSync(join(other.paths.root, 'runs/runs'), 'no directory');
      await expect(iterator.next()).rejects.toMatchObject({
        ...over,
        message: expect.stringMatching(/could not begin.*runs/s),
      });
    } finally {
      await other.close();
    }
  });

  it('is one whose task takes the name by which its processes are found', async () => {
    const asked = request();
    const input = { ...asked.input, environment: { AGENTDISPATCH_ATTEMPT: 'another' } };
    await expect(bench.prepare({ ...asked, input })).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });

  it('with an agent that nobody knows is refused before anything is made', async () => {
    await expect(bench.prepare(request({ command: undefined }))).rejects.toMatchObject({
      code: 'AD_PROVIDER_TARGET_INVALID',
    });
    expect(existsSync(bench.paths.root)).toBe(false);
  });
});
