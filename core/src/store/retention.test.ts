import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { settle, SimulatedClock } from '../testing/simulated-clock.js';
import { sampleChange, sampleRecord } from '../testing/sample-task.js';
import type { LocalStore } from './local-store.js';
import type { FileLayer } from './file-layer.js';
import { MemoryStore } from './memory-store.js';
import { nodeFiles } from './node-files.js';
import { Retention, type RetentionOptions } from './retention.js';
import { createLocalPlace, markOwnerDead, type LocalPlace } from './testdata/local-place.js';
import { diskError, watchedFiles } from './testdata/watched-files.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let retention: Retention | undefined;
let place: LocalPlace | undefined;
afterEach(async () => {
  await retention?.stop();
  await place?.dispose();
  [retention, place] = [undefined, undefined];
});

function started(options: Omit<RetentionOptions, 'clock'> & { clock?: SimulatedClock }): SimulatedClock {
  const { clock = new SimulatedClock() } = options;
  retention = new Retention({ ...options, clock });
  retention.start();
  return clock;
}

async function ended(store: MemoryStore | LocalStore): Promise<string> {
  await store.create(sampleRecord({ createdAt: store.now() }), { events: [], wakeAt: store.now() });
  const [task] = await store.claim(1);
  if (!task) throw new Error('the task is not claimed');
  await store.putBlob(task.record.taskId, 'result', Buffer.alloc(5000));
  const record = { ...task.record, status: 'succeeded' as const, endedAt: store.now() };
  await store.commit([{ ...sampleChange(task, 'succeeded', { wakeAt: undefined, keep: false }), record }]);
  return record.taskId;
}

describe('retention', () => {
  it('removes what ended longer ago than the days given, a minute after the start and then hourly', async () => {
    const clock = new SimulatedClock();
    const store = new MemoryStore({ clock });
    await store.open();
    const old = await ended(store);
    await clock.advance(DAY);
    const young = await ended(store);
    started({ store, clock, rules: { days: 1 } });
    await clock.advance(MINUTE - 1);
    expect(await store.get(old)).toBeDefined();
    await clock.advance(1);
    expect(await store.get(old)).toBeUndefined();
    await clock.advance(DAY - 2 * MINUTE);
    expect(await store.get(young)).toBeDefined();
    await clock.advance(60 * MINUTE);
    expect(await store.get(young)).toBeUndefined();
  });

  it('goes on after a failure, and says so', async () => {
    const warnings: unknown[] = [];
    const logger = { debug: () => undefined, info: () => undefined, warn: (text: unknown) => warnings.push(text) };
    let calls = 0;
    const purge = async (): Promise<number> => {
      if (++calls === 1) throw diskError('EIO');
      return 0;
    };
    const clock = started({ store: { now: () => 0, purge }, rules: { days: 1 }, logger });
    await clock.advance(2 * 60 * MINUTE);
    expect(calls).toBe(2);
    expect(warnings).toHaveLength(1);
  });

  it('stops while it waits', async () => {
    let calls = 0;
    const purge = async (): Promise<number> => ++calls;
    const clock = started({ store: { now: () => 0, purge }, rules: { maxBytes: 1 } });
    await settle();
    await retention?.stop();
    await clock.advance(DAY);
    expect(calls).toBe(0);
  });
});

describe('bytes of ended tasks', () => {
  it('are known after a restart without a look into any directory', async () => {
    place = await createLocalPlace();
    const store = await place.open({ segmentBytes: 500, checkpointBytes: 500 });
    const taskIds: string[] = [];
    for (let count = 0; count < 4; count++) {
      taskIds.push(await ended(store));
      place.advance(1);
    }
    await store.quiet();
    await store.close();
    const looked: string[] = [];
    const files = watchedFiles((operation, path) => {
      if (operation === 'open' && path.includes(taskIds[0] ?? '')) looked.push(path);
      return undefined;
    });
    const next = await place.open({ files });
    expect(await next.purge(0, 100_000)).toBe(0);
    expect(await next.purge(0, 15_000)).toBe(2);
    expect(looked).toEqual([]);
    const left = (await next.list({ limit: 10 })).items.map(({ record }) => record.taskId);
    expect(left).toEqual([taskIds[3], taskIds[2]]);
  });
});

describe('directories of purged tasks', () => {
  it('that cannot be removed leave the others to be removed, and are tried again by the next purge', async () => {
    place = await createLocalPlace();
    let stuck = '';
    const files = watchedFiles((operation, path) => {
      if (operation === 'remove' && stuck !== '' && path.endsWith(stuck)) throw diskError('EBUSY');
      return undefined;
    });
    const store = await place.open({ files });
    const taskIds = [await ended(store), await ended(store), await ended(store)];
    await store.quiet();
    [stuck = ''] = taskIds;
    const day = join(place.stateDir, 'tasks', '2027-01-15');
    await expect(store.purge(store.now() + 1)).rejects.toMatchObject({
      code: 'AD_STORE_UNAVAILABLE',
      details: { reason: 'EBUSY' },
    });
    expect(await readdir(day)).toEqual([stuck]);
    await expect(store.purge(0)).rejects.toMatchObject({ details: { reason: 'EBUSY' } });
    stuck = '';
    expect(await store.purge(0)).toBe(0);
    expect(await readdir(day)).toEqual([]);
  });

  it('are removed after what was being written there, which would make them again', async () => {
    place = await createLocalPlace();
    let letGo: (() => void) | undefined;
    let taskId = '';
    const files: FileLayer = {
      ...nodeFiles,
      makeDirectory: async (path) => {
        if (taskId !== '' && path.endsWith(taskId)) await new Promise<void>((resolve) => (letGo = resolve));
        await nodeFiles.makeDirectory(path);
      },
    };
    const store = await place.open({ files });
    await store.create(sampleRecord({ createdAt: store.now() }), { events: [], wakeAt: store.now() });
    const [task] = await store.claim(1);
    if (!task) throw new Error('the task is not claimed');
    taskId = task.record.taskId;
    await store.commit([sampleChange(task, 'failed', { wakeAt: undefined, keep: false })]);
    while (!letGo) await settle();
    const purging = store.purge(store.now() + 1);
    while (await store.get(taskId)) await settle();
    await Promise.race([purging, settle(200)]);
    letGo();
    expect(await purging).toBe(1);
    await store.quiet();
    expect(await readdir(join(place.stateDir, 'tasks', '2027-01-15'))).toEqual([]);
  });

  it('that a kill left half removed go at a later start, also when no journal tells of the purge any more', async () => {
    place = await createLocalPlace({ segmentBytes: 500, checkpointBytes: 500 });
    let broken = true;
    const files = watchedFiles((operation, path) => {
      if (broken && operation === 'remove' && path.includes('/tasks/')) throw diskError('EIO');
      return undefined;
    });
    const store = await place.open({ files });
    const taskId = await ended(store);
    await store.quiet();
    await expect(store.purge(store.now() + 1)).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
    for (let count = 0; count < 5; count++) await ended(store);
    await store.quiet();
    const day = join(place.stateDir, 'tasks', '2027-01-15');
    await mkdir(join(day, taskId), { recursive: true });
    await markOwnerDead(place.stateDir);
    broken = false;
    const next = await place.open({ files });
    await next.quiet();
    expect(await readdir(day)).not.toContain(taskId);
    expect(await readdir(day)).toHaveLength(5);
  });
});
