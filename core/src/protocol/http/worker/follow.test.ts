import { describe, expect, it } from '@jest/globals';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import type { Channel, DriverEvent } from '../../../provider/index.js';
import { httpProtocolDriver } from '../http-driver.js';
import { collect, HANDLE, logTexts } from '../testdata/loopback-agent.js';
import {
  attached,
  context,
  failedWith,
  finished,
  knownAt,
  lines,
  passTime,
  resume,
  slept,
  start,
  startWorker,
  telling,
  worker,
} from '../testdata/worker-ground.js';

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

  it('asks when it is its turn', async () => {
    await startWorker(finished);
    await collect(start());
    const asked = worker.calls.length;
    const turns: number[] = [];
    const pace = async (): Promise<void> => void turns.push(worker.calls.length);
    await collect(resume({ pace }, knownAt('boot-1')));
    expect(turns[0]).toBe(asked);
    expect(worker.calls.length).toBeGreaterThan(asked);
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
    ['MODEL_DENIED', 'AD_TASK_MODEL_DENIED'],
    ['MODEL_UNAVAILABLE', 'AD_TASK_MODEL_UNAVAILABLE'],
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
