import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DriverContext } from '@agent-dispatch/core/provider';
import { collect, contextAt, freshDriver, prepared, told } from './driver-at-cloud.js';
import { startFaultyCloud, type Fault, type FaultyCloud } from './index.js';

let cloud: FaultyCloud;
beforeEach(async () => {
  cloud = await startFaultyCloud();
});
afterEach(() => cloud.close());

const LINES = ['line 1 of 3', 'line 2 of 3', 'line 3 of 3'];

/** A task of a driver, ready to be started. */
async function ready(name: string, details: { faults?: Fault[] } & Record<string, unknown> = {}) {
  const driver = await freshDriver(name);
  const context = contextAt(cloud, details);
  const handle = await prepared(driver, context);
  const start = (more: Partial<DriverContext> = {}) => collect(driver.start(handle, { ...context, ...more }));
  const resume = (cursor?: string, from = handle) =>
    collect(driver.resume(from, cursor === undefined ? context : { ...context, cursor }));
  const cleanup = () => driver.cleanup(handle.resources, handle, context);
  return { driver, context, handle, start, resume, cleanup, taskId: context.taskId };
}

describe('without faults', () => {
  it.each([
    ['keyed', ['attached', ...LINES, 'succeeded']],
    ['numbered', ['handle', 'attached', ...LINES, 'succeeded']],
    ['streamed', [...LINES, 'succeeded']],
  ])('%s runs work to its end, and cleanup leaves nothing', async (name, expected) => {
    const { start, cleanup, taskId } = await ready(name);
    expect(told(await start())).toEqual(expected);
    expect(cloud.executions(taskId)).toHaveLength(1);
    expect(await cleanup()).toEqual([expect.objectContaining({ proof: 'verified' })]);
    expect(cloud.alive()).toEqual([]);
  });

  it('work that waits goes on when it is told to', async () => {
    const { start, taskId } = await ready('keyed', { work: { ends: 'when-told' } });
    const events = start();
    await cloud.when(() => cloud.executions(taskId).length === 1);
    cloud.finish(taskId);
    expect(told(await events).at(-1)).toBe('succeeded');
  });

  it('work that asks waits for its end behind the question', async () => {
    const { start, taskId } = await ready('keyed', { work: { ends: 'asking', lines: 0 } });
    cloud.finish(taskId);
    expect(told(await start())).toEqual(['attached', 'input_required', 'succeeded']);
  });

  it('failed work tells its exit code', async () => {
    const { start } = await ready('streamed', { work: { ends: 'badly' } });
    expect((await start()).at(-1)).toMatchObject({ outcome: 'failed', exitCode: 3 });
  });

  it('tasks that name a key share one machine', async () => {
    const first = await ready('keyed', { sharedKey: 'pool' });
    const second = await ready('keyed', { sharedKey: 'pool', keepSeconds: 5 });
    expect(first.handle.resources[0]).toMatchObject({ scope: 'shared:pool' });
    expect(second.handle.resources[0]).toMatchObject({ scope: 'shared:pool', keepSeconds: 5 });
    expect(cloud.alive().map(({ kind }) => kind)).toEqual(['machine']);
  });

  it('the cloud ends what outlives its time', async () => {
    const { taskId, context } = await ready('keyed', { graceSeconds: 0 });
    expect(cloud.alive(taskId)).toHaveLength(1);
    cloud.passTime(context.deadline - Date.now());
    expect(cloud.alive(taskId)).toEqual([]);
  });
});

describe('what a start may meet', () => {
  it('error: a coded failure, and no effect', async () => {
    const { start, taskId } = await ready('keyed', { faults: [{ at: 'start', kind: 'error', status: 429 }] });
    await expect(start()).rejects.toMatchObject({ code: 'AD_PROVIDER_THROTTLED' });
    expect(cloud.executions(taskId)).toEqual([]);
    expect(told(await start()).at(-1)).toBe('succeeded');
  });

  it.each(['keyed', 'numbered'])('lost-response: the effect is there, and %s finds it', async (name) => {
    const { start, resume, taskId } = await ready(name, { faults: [{ at: 'start', kind: 'lost-response' }] });
    await expect(start()).rejects.toThrow('fetch failed');
    expect(told(await resume()).slice(-4)).toEqual([...LINES, 'succeeded']);
    expect(cloud.executions(taskId)).toHaveLength(1);
  });

  it('lost-response: what is streamed once can only be lost', async () => {
    const { start, resume, taskId } = await ready('streamed', { faults: [{ at: 'start', kind: 'lost-response' }] });
    await expect(start()).rejects.toThrow('fetch failed');
    expect(told(await resume())).toEqual(['unknown']);
    expect(cloud.executions(taskId)).toHaveLength(1);
  });

  it('late: it lands after a stop was answered, and another stop ends it', async () => {
    const { driver, start, handle, context, taskId } = await ready('keyed', {
      work: { ends: 'when-told' },
      faults: [{ at: 'start', kind: 'late' }],
    });
    await expect(start()).rejects.toThrow('fetch failed');
    expect(cloud.executions(taskId)).toEqual([]);
    expect(await driver.cancel(handle, context)).toBe('stopped');
    await cloud.when(() => cloud.executions(taskId).length === 1);
    expect(cloud.alive(taskId).map(({ kind }) => kind)).toEqual(['machine', 'job']);
    expect(await driver.cancel(handle, context)).toBe('stopped');
    expect(cloud.alive(taskId).map(({ kind }) => kind)).toEqual(['machine']);
  });

  it('late: behind a door that resume has shut it never lands', async () => {
    const { start, resume, taskId } = await ready('numbered', { faults: [{ at: 'start', kind: 'late', ms: 1 }] });
    const landed = cloud.log.length + 2;
    await expect(start()).rejects.toThrow('fetch failed');
    const [answer] = await resume();
    // The late request may have been first; then it is found.
    const expected = answer?.type === 'not_started' ? 0 : 1;
    await cloud.when(() => cloud.log[landed - 1]?.status !== undefined);
    expect(cloud.executions(taskId)).toHaveLength(expected);
  });

  it('hang: nothing comes until the caller gives up', async () => {
    const { start, taskId } = await ready('streamed', { faults: [{ at: 'start', kind: 'hang' }] });
    const giveUp = new AbortController();
    const events = start({ signal: giveUp.signal });
    await cloud.when(() => cloud.log.some(({ operation }) => operation === 'start'));
    giveUp.abort();
    await expect(events).rejects.toThrow('aborted');
    expect(cloud.executions(taskId)).toEqual([]);
  });

  it.each([
    ['after the effect', false, 1],
    ['before it', true, 0],
  ])('kill-host: the calling process dies %s', async (_when, before, executions) => {
    const host = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const gone = once(host, 'exit');
    const { taskId } = await ready('keyed');
    const machine = String(cloud.alive()[0]?.name);
    cloud.faults.inject({ at: 'start', kind: 'kill-host', before }, taskId);
    const headers = {
      'x-attempt': JSON.stringify({ installationId: 'inst1', taskId, attempt: 1 }),
      'x-faults': '[]',
      'x-host-pid': String(host.pid),
    };
    const body = JSON.stringify({ name: 'job', machine, work: { ends: 'well', lines: 0, everyMs: 0 } });
    await expect(fetch(`${cloud.url}/jobs/job`, { method: 'PUT', headers, body })).rejects.toThrow('fetch failed');
    expect(await gone).toEqual([null, 'SIGKILL']);
    expect(cloud.executions(taskId)).toHaveLength(executions);
  });
});

describe('what following may meet', () => {
  it('duplicate: events that come twice are told once', async () => {
    const { start } = await ready('keyed', { faults: [{ at: 'follow', kind: 'duplicate' }] });
    expect(told(await start())).toEqual(['attached', ...LINES, 'succeeded']);
  });

  it('reset: the stream breaks, and goes on from its cursor', async () => {
    const { driver, handle, context, resume } = await ready('keyed', {
      faults: [{ at: 'follow', kind: 'reset', events: 2 }],
    });
    const seen: string[] = [];
    let cursor: string | undefined;
    const broken = async () => {
      for await (const event of driver.start(handle, context)) {
        cursor = event.cursor ?? cursor;
        seen.push(...told([event]));
      }
    };
    await expect(broken()).rejects.toThrow();
    expect(seen).toEqual(['attached', ...LINES.slice(0, 2)]);
    expect(told(await resume(cursor))).toEqual(['attached', LINES[2], 'succeeded']);
  });

  it.each(['keyed', 'numbered'])('forget: %s says that nobody can tell', async (name) => {
    const { start, resume } = await ready(name, { faults: [{ at: 'find', kind: 'forget' }] });
    await start();
    expect(told(await resume())).toEqual(['unknown']);
  });
});

describe('what stopping and releasing may meet', () => {
  it('linger: the work runs on after the stop, and the driver waits for its end', async () => {
    const { driver, start, handle, context, taskId } = await ready('numbered', {
      work: { ends: 'when-told' },
      faults: [{ at: 'stop', kind: 'linger', ms: 50 }],
    });
    const events = start();
    await cloud.when(() => cloud.executions(taskId).length === 1);
    expect(await driver.cancel(handle, context)).toBe('stopped');
    expect(told(await events).at(-1)).toBe('cancelled');
    const stops = cloud.log.filter(({ operation }) => operation === 'stop');
    expect(stops.length).toBeGreaterThan(1);
  });

  it('keep: a machine whose removal was accepted stays, and has no proof until it is gone', async () => {
    const { cleanup, handle } = await ready('keyed', { faults: [{ at: 'remove', kind: 'keep', times: 2 }] });
    expect([await cleanup(), await cleanup()]).toEqual([[], []]);
    expect(cloud.alive()).toHaveLength(1);
    expect(await cleanup()).toEqual([{ id: handle.resources[0]?.id, proof: 'verified' }]);
    expect(cloud.alive()).toEqual([]);
  });

  it('slow: a machine becomes ready after a while, and provision waits for it', async () => {
    const { taskId } = await ready('keyed', { faults: [{ at: 'provision', kind: 'slow', ms: 60 }] });
    const looks = cloud.log.filter(({ operation, owner }) => operation === 'look' && owner.taskId === taskId);
    expect(looks.length).toBeGreaterThan(0);
  });
});

it('faults can be ordered at the cloud, for every task, and what is left is told', async () => {
  cloud.faults.inject({ at: 'provision', kind: 'error', status: 503, times: 2 });
  await expect(ready('keyed')).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
  await expect(ready('streamed')).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE' });
  expect(cloud.faults.outstanding).toEqual([]);
});
