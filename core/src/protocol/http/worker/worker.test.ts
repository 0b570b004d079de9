import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Handle, WorkerEvent } from '@agent-dispatch/schemas';
import { DispatchError } from '../../../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../../../provider/index.js';
import type { AgentScript } from '../../../testing/index.js';
import { createHttpProtocolDriver, httpProtocolDriver } from '../http-driver.js';
import { type HttpLimits, LIMITS } from '../limits.js';
import { collect, contextFor, HANDLE, logTexts } from '../testdata/loopback-agent.js';
import { digest, LoopbackWorker } from '../testdata/loopback-worker.js';

const TASK_ID = 'task_01jv4k5m6n7p8q9r0stvwxyz01';
const MIB = 1024 * 1024;

let worker: LoopbackWorker;
let directory: string;
let stop: AbortController;
/** The pauses that the driver made. Milliseconds. */
let slept: number[];
/** Lets the time pass that ends what takes too long. */
let passTime: (() => void)[];

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
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        if (signal !== stop.signal) return void passTime.push(resolve);
        slept.push(ms);
        time += ms;
        setImmediate(resolve);
      }),
  };
}

const context = (more: Partial<DriverContext> = {}): DriverContext =>
  contextFor({ taskId: TASK_ID, agent: 'worker', directory, signal: stop.signal, clock: clock(), ...more });

function asking(input: DriverContext['request']['input']): Partial<DriverContext> {
  const { request } = contextFor();
  return { request: { ...request, input: { ...request.input, ...input } } };
}

const startWorker = async (script: AgentScript): Promise<LoopbackWorker> =>
  (worker = await LoopbackWorker.start(script));

const start = (more: Partial<DriverContext> = {}, handle: Handle = HANDLE, limits: Partial<HttpLimits> = {}) =>
  createHttpProtocolDriver({ ...LIMITS, ...limits }).start(worker.channel, handle, context(more));
const resume = (more: Partial<DriverContext> = {}, handle: Handle = HANDLE) =>
  httpProtocolDriver.resume(worker.channel, handle, context(more));

const knownAt = (bootId: string): Handle => ({ ...HANDLE, conversation: { bootId } });
const finished: AgentScript = async () => ({ result: 'done' });
/** Tells these events, then the end. */
const telling =
  (...events: WorkerEvent[]): AgentScript =>
  async () => {
    await Promise.resolve();
    for (const event of events) worker.run.tell(event);
    return { result: 'done' };
  };
const failedWith = (code: string, message: unknown = expect.any(String)): unknown =>
  expect.objectContaining({ type: 'ended', outcome: 'failed', error: expect.objectContaining({ code, message }) });
const lines = (response: ServerResponse, ...all: unknown[]): true => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.end(all.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)) + '\n').join(''));
  return true;
};
const attached = (bootId = 'boot-1'): WorkerEvent => ({ type: 'attached', bootId });

describe('a start', () => {
  it('asks first, tells the names that lead back, and only then starts', async () => {
    await startWorker(finished);
    const events = start()[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual({
      type: 'handle',
      handle: { ...HANDLE, conversation: { bootId: 'boot-1', invocationId: expect.stringMatching(/^inv_/) } },
    });
    expect(worker.calls.map(({ agentdispatch }) => agentdispatch)).toEqual(['follow']);
    expect((await events.next()).value).toEqual({ type: 'attached' });
    expect(worker.callsOf('start')).toHaveLength(1);
    expect((await events.next()).value).toEqual({ type: 'ended', outcome: 'succeeded', result: { text: 'done' } });
    expect((await events.next()).done).toBe(true);
  });

  it('that is repeated finds the run, and begins none', async () => {
    await startWorker(finished);
    await collect(start());
    const events = await collect(start({}, knownAt('boot-1')));
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
    expect(worker.callsOf('start')).toHaveLength(1);
  });

  it('whose answer is lost is found by asking', async () => {
    await startWorker(finished);
    let times = 0;
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'start' || (times += 1) > 1) return false;
      worker.fault = () => false;
      void worker.channel.fetch('/invocations', { method: 'POST', body: JSON.stringify(call), signal: stop.signal });
      setImmediate(() => response.destroy());
      return true;
    };
    const events = await collect(start());
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
    expect(worker.runs.size).toBe(1);
  });

  it('after which another machine answers is lost: it is not begun there', async () => {
    await startWorker(finished);
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'start') return false;
      worker.reboot();
      response.destroy();
      return true;
    };
    expect((await collect(start())).at(-1)).toEqual({
      type: 'unknown',
      reason: expect.stringContaining('another machine'),
    });
    expect(worker.callsOf('start')).toHaveLength(1);
  });

  it('of which an earlier process knew another machine is lost before anything is sent', async () => {
    await startWorker(finished);
    expect(await collect(start({}, knownAt('boot-0')))).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
    expect(worker.callsOf('start')).toEqual([]);
  });

  it.each([
    ['refused', 'AD_PROTOCOL_AGENT_REFUSED', false],
    ['invalid', 'AD_PROTOCOL_AGENT_REFUSED', false],
    ['digest_mismatch', 'AD_INPUT_DIGEST_MISMATCH', false],
    ['another_task', 'AD_PROTOCOL_CONFLICT', false],
    ['ended', 'AD_PROTOCOL_CONFLICT', false],
    ['full', 'AD_PROTOCOL_AGENT_FULL', true],
  ] as const)('that is refused (%s) fails with %s', async (code, wanted, retryable) => {
    await startWorker(finished);
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'start') return false;
      worker.sendJson(response, { error: { code, message: 'because' } });
      return true;
    };
    const thrown = collect(start());
    await expect(thrown).rejects.toMatchObject({
      code: wanted,
      retryable,
      message: expect.stringContaining('because'),
    });
    await expect(thrown).rejects.not.toHaveProperty('details.ambiguous');
  });

  it('that nobody answers fails as not begun, after some tries', async () => {
    await startWorker(finished);
    worker.fault = (_call, response) => {
      response.destroy();
      return true;
    };
    const thrown = collect(start());
    await expect(thrown).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE', retryable: true });
    await expect(thrown).rejects.not.toHaveProperty('details.ambiguous');
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
  });

  it('ends with the coded error of a channel that is certain that nothing began', async () => {
    await startWorker(finished);
    const denied = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(denied) };
    await expect(collect(httpProtocolDriver.start(channel, HANDLE, context()))).rejects.toBe(denied);
  });

  it('gives the agent its secrets, and none that the channel uses itself', async () => {
    await startWorker(finished);
    const channel: Channel = { ...worker.channel, ownSecrets: ['TOKEN'] };
    const secrets = { TOKEN: 'token', KEY: 's3cret' };
    await collect(httpProtocolDriver.start(channel, HANDLE, context({ secrets })));
    expect(worker.run.task.secrets).toEqual({ KEY: 's3cret' });
  });
});

describe('input files', () => {
  const content = Buffer.alloc(9 * MIB, 'abcdefg');
  const place = async (): Promise<string> => {
    const file = path.join(directory, 'input.bin');
    await writeFile(file, content);
    return file;
  };

  it('are there before the agent begins: texts with the task, files in pieces', async () => {
    await startWorker(finished);
    const inputs = [
      { path: 'a.txt', text: 'text' },
      { path: 'b.bin', file: await place(), sha256: digest(content) },
    ];
    await collect(start(asking({ inputs })));
    expect(worker.callsOf('put_input').map(({ path, offset, size }) => [path, offset, size])).toEqual(
      [0, 4, 8].map((offset) => ['b.bin', offset * MIB, 9 * MIB]),
    );
    expect([...worker.files.values()][0]?.equals(content)).toBe(true);
    expect(worker.run.task.inputs).toEqual([
      { path: 'a.txt', sha256: digest(Buffer.from('text')), text: 'text' },
      { path: 'b.bin', sha256: digest(content) },
    ]);
  });

  it('go on after a broken connection from what is there', async () => {
    await startWorker(finished);
    let cuts = 1;
    worker.fault = ({ agentdispatch, offset }, response) => {
      if (agentdispatch !== 'put_input' || offset !== 8 * MIB || cuts === 0) return false;
      cuts -= 1;
      response.destroy();
      return true;
    };
    const events = await collect(start(asking({ inputs: [{ path: 'b.bin', file: await place() }] })));
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
    // The first piece of the second try tells that two pieces are there already.
    expect(worker.callsOf('put_input').map(({ offset = 0 }) => offset / MIB)).toEqual([0, 4, 8, 0, 8]);
  });

  it('that are not what was announced are refused before anything is sent', async () => {
    await startWorker(finished);
    const inputs = [{ path: 'a.txt', text: 'text', sha256: '0'.repeat(64) }];
    await expect(collect(start(asking({ inputs })))).rejects.toMatchObject({ code: 'AD_INPUT_DIGEST_MISMATCH' });
    expect(worker.calls).toEqual([]);
  });

  it('that the worker does not take end the start, with its word', async () => {
    await startWorker(finished);
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'put_input') return false;
      worker.sendJson(response, { error: { code: 'invalid', message: 'the path leaves' } });
      return true;
    };
    const thrown = collect(start(asking({ inputs: [{ path: 'b.bin', file: await place() }] })));
    await expect(thrown).rejects.toMatchObject({ code: 'AD_PROTOCOL_AGENT_REFUSED' });
    expect(worker.callsOf('start')).toEqual([]);
  });
});

describe('a resume', () => {
  it('goes on after its cursor', async () => {
    await startWorker(
      telling({ type: 'log', stream: 'stdout', text: 'a' }, { type: 'log', stream: 'stdout', text: 'b' }),
    );
    const events = await collect(start());
    const [a] = events.filter(({ type }) => type === 'log');
    expect(a).toMatchObject({ text: 'a', stream: 'stdout', cursor: 'boot-1:1', at: expect.any(Number) });
    const told = await collect(resume({ cursor: a?.cursor ?? '' }, knownAt('boot-1')));
    expect(told.map(({ type }) => type)).toEqual(['attached', 'handle', 'log', 'ended']);
    expect(logTexts(told)).toEqual(['b']);
  });

  it.each([
    ['by its handle', {}, knownAt('boot-0')],
    ['by its cursor', { cursor: 'boot-0:3' }, HANDLE],
  ])('finds another machine than it knew %s: the run is lost', async (_name, more, handle) => {
    await startWorker(finished);
    await collect(start());
    expect(await collect(resume(more, handle))).toEqual([
      { type: 'unknown', reason: expect.stringContaining('another machine') },
    ]);
  });

  it('of a start that never reached the machine that was asked before proves it', async () => {
    await startWorker(finished);
    expect(await collect(resume({}, knownAt('boot-1')))).toEqual([
      { type: 'not_started', proof: expect.stringContaining('boot-1') },
    ]);
    expect(worker.calls.map(({ agentdispatch }) => agentdispatch)).toEqual(['follow']);
  });

  it.each([
    ['no machine is known', {}, HANDLE],
    ['it was heard from', { cursor: 'boot-1:1' }, knownAt('boot-1')],
  ])('of a run that nobody knows is lost where %s', async (_name, more, handle) => {
    await startWorker(finished);
    expect(await collect(resume(more, handle))).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
  });

  it('that nobody answers says nothing about the work', async () => {
    await startWorker(finished);
    worker.fault = (_call, response) => {
      response.destroy();
      return true;
    };
    await expect(collect(resume({}, knownAt('boot-1')))).rejects.toThrow('fetch failed');
  });
});

describe('following', () => {
  it('that is cut goes on where it was, on a connection of its own', async () => {
    await startWorker(async (work) => {
      await work.say('one ');
      await work.hear();
      await work.say('two');
      return { result: 'done' };
    });
    const events = start()[Symbol.asyncIterator]();
    const taken: DriverEvent[] = [];
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      taken.push(next.value);
      if (next.value.type !== 'log' || next.value.text !== 'one ') continue;
      worker.dropConnections();
      worker.run.send({ id: 'm1', text: 'go on' });
    }
    expect(logTexts(taken)).toEqual(['one ', 'two']);
    expect(worker.callsOf('follow').map(({ after }) => after)).toEqual([0, 0, 1]);
  });

  it('that hears nothing any more makes a new connection', async () => {
    await startWorker(finished);
    let isSilent = true;
    worker.fault = ({ agentdispatch, waitSeconds }, response) => {
      if (agentdispatch !== 'follow' || waitSeconds === 0 || !isSilent) return false;
      isSilent = false;
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${JSON.stringify(attached())}\n`);
      return true;
    };
    const events = collect(start());
    while (isSilent || passTime.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // As long as it does not end: what was heard last counts for the first minute.
    const passing = setInterval(() => passTime.splice(0).forEach((pass) => pass()), 5);
    expect((await events).at(-1)).toMatchObject({ outcome: 'succeeded' });
    clearInterval(passing);
    expect(worker.callsOf('follow')).toHaveLength(3);
  });

  it('ends lost when another machine answers in the middle', async () => {
    await startWorker(async (work) => {
      await work.say('one');
      return await new Promise(() => undefined);
    });
    const taken: DriverEvent[] = [];
    for await (const event of start()) {
      taken.push(event);
      if (event.type !== 'log') continue;
      worker.reboot();
      worker.dropConnections();
    }
    expect(taken.at(-1)).toEqual({ type: 'unknown', reason: expect.stringContaining('another machine') });
  });

  it('polls where answers come whole: ever more slowly while nothing comes, and in its turn', async () => {
    await startWorker(async (work) => {
      await work.hear();
      await work.say('at last');
      await work.hear();
      return { result: 'done' };
    });
    let turns = 0;
    const pace = async (): Promise<void> => {
      turns += 1;
      if (turns === 7) worker.run.send({ id: 'm1', text: 'speak' });
      if (turns === 10) worker.run.send({ id: 'm2', text: 'end' });
    };
    const channel: Channel = { ...worker.channel, answerSeconds: 0 };
    const events = await collect(httpProtocolDriver.start(channel, HANDLE, context({ pace })));
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
    expect(worker.callsOf('follow').every(({ waitSeconds }) => waitSeconds === 0)).toBe(true);
    expect(slept).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 1000, 2000, 4000]);
    // The first question of all belongs to the start.
    expect(turns).toBe(worker.callsOf('follow').length - 1);
  });

  it.each([
    [undefined, 600],
    [45.5, 45],
    [100_000, 3600],
  ])('asks for answers of the length that the channel allows: %s', async (answerSeconds, waitSeconds) => {
    await startWorker(finished);
    const channel: Channel = { ...worker.channel, ...(answerSeconds !== undefined && { answerSeconds }) };
    await collect(httpProtocolDriver.start(channel, HANDLE, context()));
    expect(worker.callsOf('follow').at(-1)).toMatchObject({ waitSeconds });
  });

  it('passes over events that come twice, and tells of those that are missing', async () => {
    await startWorker(finished);
    const log = (seq: number): WorkerEvent => ({ seq, type: 'log', text: String(seq) });
    worker.fault = ({ agentdispatch, waitSeconds, after }, response) => {
      if (agentdispatch !== 'follow' || waitSeconds === 0) return false;
      if (after === 0) return lines(response, attached(), log(1), log(1), '', log(2), log(1));
      return lines(response, attached(), log(2), log(5), { seq: 6, type: 'ended', outcome: 'succeeded' });
    };
    const events = await collect(start());
    expect(logTexts(events)).toEqual(['1', '2', '5']);
    expect(events).toContainEqual({ type: 'gap', from: 'boot-1:2', to: 'boot-1:4' });
  });

  it.each([
    ['lines that are not JSON', ['}{']],
    ['lines that are no events', [{ type: 'dreamt' }]],
    ['events without numbers', [{ type: 'log', text: 'x' }]],
    ['a line that is cut', ['{"seq":1,"type":"lo']],
    ['an attachment to nobody', []],
  ])('gives up on %s, after some tries', async (_name, bad) => {
    await startWorker(finished);
    worker.fault = ({ agentdispatch, waitSeconds }, response) => {
      if (agentdispatch !== 'follow' || waitSeconds === 0) return false;
      return lines(response, bad.length === 0 ? { type: 'attached' } : attached(), ...bad);
    };
    const events = await collect(start());
    expect(events.at(-1)).toEqual(failedWith('AD_PROTOCOL_RESPONSE'));
    expect(worker.callsOf('follow')).toHaveLength(6);
  });

  it('recovers from an answer that is no worker’s', async () => {
    await startWorker(finished);
    let times = 0;
    worker.fault = ({ agentdispatch, waitSeconds }, response) => {
      if (agentdispatch !== 'follow' || waitSeconds === 0 || (times += 1) > 4) return false;
      if (times % 2 === 0) return lines(response, '<html>');
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>');
      return true;
    };
    expect((await collect(start())).at(-1)).toMatchObject({ outcome: 'succeeded' });
  });

  it('gives up on more output than a task may have', async () => {
    await startWorker(async (work) => {
      while (!work.stopped.aborted) {
        await work.say('x'.repeat(1000));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { result: 'stopped' };
    });
    const events = await collect(start({}, HANDLE, { streamBytes: 100_000 }));
    expect(events.at(-1)).toEqual(failedWith('AD_PROTOCOL_TOO_LARGE'));
    expect(logTexts(events).join('').length).toBeLessThanOrEqual(100_000);
  });

  it('gives up on a line without an end', async () => {
    await startWorker(finished);
    worker.fault = ({ agentdispatch, waitSeconds }, response) => {
      if (agentdispatch !== 'follow' || waitSeconds === 0) return false;
      return lines(response, attached(), 'x'.repeat(3000));
    };
    const events = await collect(start({}, HANDLE, { eventCharacters: 1000 }));
    expect(events.at(-1)).toEqual(failedWith('AD_PROTOCOL_TOO_LARGE'));
  });
});

describe('what the agent tells', () => {
  const told = async (event: WorkerEvent): Promise<DriverEvent[]> => {
    await startWorker(telling(event));
    const events = await collect(start());
    return events.filter(({ type }) => !['handle', 'attached', 'ended'].includes(type));
  };
  const cursor = 'boot-1:1';

  it.each<[string, WorkerEvent, DriverEvent]>([
    [
      'progress',
      { type: 'progress', message: 'half', fraction: 0.5 },
      { type: 'progress', message: 'half', fraction: 0.5, cursor },
    ],
    [
      'a message with its own form',
      { type: 'message', text: 'Look.', raw: { role: 'assistant' } },
      { type: 'message', text: 'Look.', raw: { role: 'assistant' }, cursor },
    ],
    [
      'a message whose own form is too large',
      { type: 'message', text: 'Look.', raw: { long: 'x'.repeat(16_384) } },
      { type: 'message', text: 'Look.', cursor },
    ],
    [
      'a question',
      { type: 'input_required', request: { requestId: 'q1', question: 'Why?', schema: { type: 'string' } } },
      { type: 'input_required', request: { requestId: 'q1', question: 'Why?', schema: { type: 'string' } }, cursor },
    ],
    [
      'a question whose schema is too large',
      { type: 'input_required', request: { requestId: 'q1', question: 'Why?', schema: { not: 'x'.repeat(16_384) } } },
      { type: 'input_required', request: { requestId: 'q1', question: 'Why?' }, cursor },
    ],
    [
      'an answered question',
      { type: 'input_received', requestId: 'q1' },
      { type: 'input_received', requestId: 'q1', cursor },
    ],
    ['lost output', { type: 'gap', from: '1', to: '5' }, { type: 'gap', from: '1', to: '5', cursor }],
  ])('comes over: %s', async (_name, event, wanted) => {
    expect(await told(event)).toEqual([wanted]);
  });

  it('as a question that is far too long is asked in part', async () => {
    const question = '\u0001'.repeat(20_000);
    const [event] = await told({ type: 'input_required', request: { requestId: 'q1', question } });
    expect(event).toMatchObject({ request: { requestId: 'q1', question: expect.stringMatching(/\[cut\]$/) } });
    expect(JSON.stringify(event).length).toBeLessThan(16_384);
  });

  it('as one long text comes in parts, the last of which has its place', async () => {
    const events = await told({ type: 'log', stream: 'stderr', text: '🌍'.repeat(10_000) });
    expect(logTexts(events).join('')).toBe('🌍'.repeat(10_000));
    expect(events.map((event) => event.cursor)).toEqual([...events.slice(1).map(() => undefined), cursor]);
  });

  it.each([
    ['DEADLINE', 'AD_TASK_TIMEOUT'],
    ['AGENT_NOT_STARTED', 'AD_PROVIDER_AGENT_FAILED'],
    ['AGENT_FAILED', 'AD_TASK_FAILED'],
    ['AD_PROVIDER_THROTTLED', 'AD_TASK_FAILED'],
    ['toString', 'AD_TASK_FAILED'],
  ])('as the end %s is %s to the host', async (said, code) => {
    await startWorker(finished);
    worker.fault = ({ agentdispatch, waitSeconds }, response) => {
      if (agentdispatch !== 'follow' || waitSeconds === 0) return false;
      const error = { code: said, message: 'because' };
      return lines(response, attached(), { seq: 1, type: 'ended', outcome: 'failed', exitCode: 3, error });
    };
    expect((await collect(start())).at(-1)).toEqual({
      type: 'ended',
      outcome: 'failed',
      exitCode: 3,
      error: { code, message: 'because', details: { reason: said } },
    });
  });
});

describe('files', () => {
  const bytes = Buffer.alloc(9 * MIB, '0123456789');
  const leaving: AgentScript = async (work) => {
    await work.leave({ name: '../out/a.bin', mediaType: 'application/x-test', bytes });
    return { result: 'done' };
  };

  it('are fetched in pieces, and there only until the host goes on', async () => {
    await startWorker(leaving);
    let file = '';
    for await (const event of start()) {
      if (event.type !== 'artifact') continue;
      expect(event).toMatchObject({ artifact: { name: '../out/a.bin', mediaType: 'application/x-test' } });
      file = 'file' in event.artifact.content ? event.artifact.content.file : '';
      expect(file.startsWith(path.join(directory, 'incoming') + path.sep)).toBe(true);
      expect((await readFile(file)).equals(bytes)).toBe(true);
    }
    expect(file).not.toBe('');
    expect(worker.callsOf('artifact').map(({ offset = 0 }) => offset / MIB)).toEqual([0, 4, 8]);
    expect(await readdir(path.join(directory, 'incoming'))).toEqual([]);
  });

  it('that are not what was announced are asked for once more, then left out, and the log says so', async () => {
    await startWorker(leaving);
    worker.fault = ({ agentdispatch }, response) => {
      if (agentdispatch !== 'artifact') return false;
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('something else'.padEnd(4 * MIB));
      return true;
    };
    const events = await collect(start());
    expect(events.some(({ type }) => type === 'artifact')).toBe(false);
    expect(events).toContainEqual({
      type: 'log',
      stream: 'system',
      text: expect.stringContaining('../out/a.bin. It is left out.'),
      cursor: 'boot-1:1',
    });
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
  });

  it.each([
    [
      'a refusal',
      (response: ServerResponse) => worker.sendJson(response, { error: { code: 'invalid', message: 'no' } }),
    ],
    ['nothing', (response: ServerResponse) => void response.writeHead(200, OCTETS).end()],
    [
      'more than was asked for',
      (response: ServerResponse) => void response.writeHead(200, OCTETS).end('x'.repeat(5 * MIB)),
    ],
  ])('for which %s comes are left out', async (_name, answer) => {
    await startWorker(leaving);
    worker.fault = ({ agentdispatch }, response) => {
      if (agentdispatch !== 'artifact') return false;
      answer(response);
      return true;
    };
    const events = await collect(start());
    expect(events.some(({ type }) => type === 'artifact')).toBe(false);
    expect(worker.callsOf('artifact')).toHaveLength(2);
  });

  it('whose connection breaks come with the next one', async () => {
    await startWorker(leaving);
    let cuts = 2;
    worker.fault = ({ agentdispatch, offset }, response) => {
      if (agentdispatch !== 'artifact' || offset !== 4 * MIB || cuts === 0) return false;
      cuts -= 1;
      response.destroy();
      return true;
    };
    const events = await collect(start());
    expect(events.filter(({ type }) => type === 'artifact')).toHaveLength(1);
  });

  it('that are too large are left with the worker', async () => {
    await startWorker(leaving);
    const events = await collect(start({}, HANDLE, { artifactBytes: MIB }));
    expect(events.some(({ type }) => type === 'artifact')).toBe(false);
    expect(worker.callsOf('artifact')).toEqual([]);
  });

  describe('that hold the result', () => {
    const result = 'A large result. '.repeat(100_000);
    const large: AgentScript = async () => ({ result });
    const resultIn = async (events: AsyncIterable<DriverEvent>): Promise<{ end: DriverEvent; content: string }> => {
      for await (const event of events) {
        if (event.type !== 'ended') continue;
        const content = event.result && 'file' in event.result ? await readFile(event.result.file, 'utf8') : '';
        return { end: event, content };
      }
      throw new Error('it did not end');
    };

    it('are fetched once, and there until the end is taken', async () => {
      await startWorker(large);
      const { end, content } = await resultIn(start());
      expect(end).toEqual({
        type: 'ended',
        outcome: 'succeeded',
        result: { file: expect.any(String), mediaType: 'text/plain', passing: true },
      });
      expect(content).toBe(result);
      expect(worker.callsOf('artifact')).toHaveLength(1);
      expect(await readdir(path.join(directory, 'incoming'))).toEqual([]);
    });

    it('are found by who resumes after they were told', async () => {
      await startWorker(large);
      const events = await collect(start());
      const artifact = events.find(({ type }) => type === 'artifact');
      const { content } = await resultIn(resume({ cursor: artifact?.cursor ?? '' }, knownAt('boot-1')));
      expect(content).toBe(result);
    });

    it('and are not what was announced fail the task with a code', async () => {
      await startWorker(large);
      worker.fault = ({ agentdispatch }, response) => {
        if (agentdispatch !== 'artifact') return false;
        response.writeHead(200, OCTETS).end('something else');
        return true;
      };
      expect((await collect(start())).at(-1)).toEqual(
        failedWith('AD_PROTOCOL_RESPONSE', expect.stringContaining('result')),
      );
    });
  });
});

const OCTETS = { 'content-type': 'application/octet-stream' };

describe('a message', () => {
  const message = { id: 'm1', text: 'hello' };
  const send = () => httpProtocolDriver.send?.(worker.channel, HANDLE, message, context());
  const begin = async (): Promise<void> => {
    await startWorker(async (work) => ({ result: await work.hear() }));
    for await (const event of start()) if (event.type === 'attached') break;
  };

  it('whose answer is lost is sent again, and has its effect once', async () => {
    await begin();
    let cuts = 2;
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'send' || cuts === 0) return false;
      cuts -= 1;
      worker.run.send(call.message);
      response.destroy();
      return true;
    };
    expect(await send()).toEqual({ state: 'delivered' });
    expect(worker.run.events.at(-1)).toMatchObject({ type: 'ended', result: { text: 'hello' } });
  });

  it('that is never answered has an unknown effect, after half a minute of tries', async () => {
    await begin();
    worker.fault = (_call, response) => {
      response.destroy();
      return true;
    };
    expect(await send()).toEqual({ state: 'unknown', reason: expect.any(String) });
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
  });

  it.each([
    ['unknown_run', 'rejected'],
    ['ended', 'rejected'],
    ['internal', 'unknown'],
  ] as const)('that is refused (%s) is %s, with the reason', async (code, state) => {
    await begin();
    worker.fault = (_call, response) => {
      worker.sendJson(response, { error: { code, message: 'because' } });
      return true;
    };
    expect(await send()).toEqual({ state, reason: 'because' });
  });

  it('is rejected with the error of a channel that is certain', async () => {
    await startWorker(finished);
    const denied = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(denied) };
    await expect(httpProtocolDriver.send?.(channel, HANDLE, message, context())).rejects.toBe(denied);
  });

  it('is not taken by agents that are not ours', async () => {
    await startWorker(finished);
    const receipt = await httpProtocolDriver.send?.(worker.channel, HANDLE, message, contextFor());
    expect(receipt).toEqual({ state: 'rejected', reason: expect.any(String) });
    expect(worker.calls).toEqual([]);
  });
});

describe('a cancel', () => {
  const cancel = () => httpProtocolDriver.cancel?.(worker.channel, HANDLE, context());

  it('has stopped the work when the worker says so', async () => {
    await startWorker(async () => await new Promise(() => undefined));
    for await (const event of start()) if (event.type === 'attached') break;
    expect(await cancel()).toBe('stopped');
    expect(worker.run.state).toBe('cancelled');
  });

  it('is only asked for where the work has not ended yet', async () => {
    await startWorker(async () => await new Promise(() => undefined));
    for await (const event of start()) if (event.type === 'attached') break;
    worker.fault = (_call, response) => {
      worker.sendJson(response, { state: 'running' });
      return true;
    };
    expect(await cancel()).toBe('requested');
  });

  it('of what nobody knows does nothing', async () => {
    await startWorker(finished);
    expect(await cancel()).toBe('unsupported');
  });

  it('of agents that are not ours is unsupported', async () => {
    await startWorker(finished);
    expect(await httpProtocolDriver.cancel?.(worker.channel, HANDLE, contextFor())).toBe('unsupported');
  });
});
