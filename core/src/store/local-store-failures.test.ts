import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleChange, sampleRecord } from '../testing/sample-task.js';
import type { LocalStore } from './local-store.js';
import type { StoredTask } from './task-store.js';
import { createLocalPlace, markOwnerDead, type LocalPlace } from './testdata/local-place.js';
import { CHANGES, diskError, watchedFiles, type Listener } from './testdata/watched-files.js';

let place: LocalPlace;
beforeEach(async () => void (place = await createLocalPlace()));
afterEach(() => place.dispose());

/** Fails operations from when it is set. */
let failing: Listener = () => undefined;
beforeEach(() => void (failing = () => undefined));
const files = watchedFiles((operation, path) => failing(operation, path));

async function openWithTask(): Promise<{ store: LocalStore; task: StoredTask }> {
  const store = await place.open({ files });
  await store.create(sampleRecord(), { events: [], wakeAt: 0 });
  const [task] = await store.claim(1);
  if (!task) throw new Error('the task is not claimed');
  return { store, task };
}

const failJournal =
  (code: string, failed: 'write' | 'datasync'): Listener =>
  (operation, path) => {
    if (operation === failed && path.includes('/journal/')) throw diskError(code);
    return undefined;
  };

describe('a journal that cannot be written', () => {
  it.each([
    ['a failed sync', failJournal('EIO', 'datasync'), 'EIO'],
    ['a read-only file system', failJournal('EROFS', 'write'), 'EROFS'],
    [
      'a full disk',
      (operation, path) => (operation === 'write' && path.includes('/journal/') ? 'half' : undefined),
      'ENOSPC',
    ],
  ])(
    'seals the store after %s: what waited is ambiguous, what comes later is refused',
    async (_name, listener, reason) => {
      const { store, task } = await openWithTask();
      failing = listener;
      const waiting = [
        store.commit([sampleChange(task, 'running')]),
        store.create(sampleRecord(), { events: [], wakeAt: 0 }),
      ];
      for (const result of await Promise.allSettled(waiting)) {
        expect(result).toMatchObject({
          reason: { code: 'AD_STORE_UNAVAILABLE', retryable: true, details: { ambiguous: true, reason } },
        });
      }
      expect(store.session.state).toBe('lost');
      failing = () => undefined;
      const later = { code: 'AD_STORE_UNAVAILABLE', details: { ambiguous: false } };
      await expect(store.create(sampleRecord(), { events: [], wakeAt: 0 })).rejects.toMatchObject(later);
      await expect(store.get(task.record.taskId)).rejects.toMatchObject(later);
      await expect((async () => store.mine())()).rejects.toMatchObject(later);
    },
  );

  it('is opened again when the disk is well, with all that was acknowledged', async () => {
    const { store, task } = await openWithTask();
    failing = failJournal('ENOSPC', 'write');
    await expect(store.commit([sampleChange(task, 'running')])).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
    failing = () => undefined;
    await store.close();
    const next = await place.open();
    expect((await next.get(task.record.taskId))?.record.status).toBe('queued');
    expect(await next.claim(1)).toHaveLength(1);
  });

  it('is not taken for one that was closed in order: what a failed sync left damaged was never acknowledged', async () => {
    const { store, task } = await openWithTask();
    failing = failJournal('EIO', 'datasync');
    await expect(store.commit([sampleChange(task, 'running')])).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
    failing = () => undefined;
    await store.close();
    const path = join(place.stateDir, 'journal', '1-1.jsonl');
    const bytes = await readFile(path);
    bytes.fill(0, bytes.lastIndexOf('"status":"running"'), bytes.length - 1);
    await writeFile(path, bytes);
    const next = await place.open();
    expect((await next.get(task.record.taskId))?.record.status).toBe('queued');
    expect(await next.claim(1)).toHaveLength(1);
  });

  it('tells a reader nothing that was not durable', async () => {
    const { store, task } = await openWithTask();
    failing = failJournal('EIO', 'datasync');
    const writing = store.commit([sampleChange(task, 'succeeded')]);
    const reading = store.get(task.record.taskId);
    await expect(writing).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
    await expect(reading).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
  });
});

describe('a checkpoint under way when the journal fails', () => {
  it('does not keep what was refused as never written', async () => {
    const store = await place.open({ files, segmentBytes: 1, checkpointBytes: 1 });
    const tasks: StoredTask[] = [];
    for (let count = 0; count < 2; count++) {
      await store.create(sampleRecord(), { events: [], wakeAt: 0 });
      tasks.push(...(await store.claim(1)));
    }
    await store.quiet();
    const [first, second] = tasks;
    if (!first || !second) throw new Error('the tasks are not claimed');
    let behind: Promise<unknown> | undefined;
    let underWay = false;
    failing = (operation, path) => {
      underWay ||= operation === 'open' && path.includes('/checkpoint/');
      if (!underWay || operation !== 'write' || !path.includes('/journal/')) return undefined;
      behind ??= store.commit([sampleChange(second, 'failed')]).catch((error: unknown) => error);
      throw diskError('EIO');
    };
    let latest = first;
    const commits = async (): Promise<never> => {
      for (;;) {
        const [result] = await store.commit([sampleChange(latest, 'running')]);
        if (result?.status !== 'ok') throw new Error(`the commit ends ${result?.status}`);
        latest = result.task;
      }
    };
    await expect(commits()).rejects.toMatchObject({ details: { ambiguous: true } });
    expect(await behind).toMatchObject({ details: { ambiguous: false } });
    failing = () => undefined;
    await store.quiet();
    await markOwnerDead(place.stateDir);
    const next = await place.open();
    expect((await next.get(second.record.taskId))?.record.status).toBe('queued');
  });
});

describe('a place that cannot be opened', () => {
  it('is unavailable on a read-only file system', async () => {
    failing = (operation) => {
      if (CHANGES.has(operation)) throw diskError('EROFS');
      return undefined;
    };
    await expect(place.open({ files })).rejects.toMatchObject({
      code: 'AD_STORE_UNAVAILABLE',
      details: { ambiguous: false, reason: 'EROFS' },
    });
  });

  it('is given up again when opening fails behind the election', async () => {
    await (await place.open()).close();
    failing = failJournal('EIO', 'datasync');
    await expect(place.open({ files })).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
    expect((await place.open()).session.state).toBe('held');
  });
});

describe('what is written behind the journal', () => {
  it('may fail: the task stays readable, and is written at the next start', async () => {
    const { store, task } = await openWithTask();
    failing = (operation, path) => {
      if (operation === 'rename' && path.endsWith('task.json')) throw diskError('ENOSPC');
      return undefined;
    };
    const { taskId } = task.record;
    await store.commit([sampleChange(task, 'failed', { wakeAt: undefined, keep: false })]);
    await store.quiet();
    expect((await store.get(taskId))?.record.status).toBe('failed');
    const directory = join(place.stateDir, 'tasks', '2023-11-14', taskId);
    expect(await readdir(directory)).toEqual([]);
    await store.close();
    const next = await place.open();
    await next.quiet();
    expect(await readdir(directory)).toEqual(['task.json']);
    expect((await next.get(taskId))?.record.status).toBe('failed');
  });

  it('is named when it cannot be read back', async () => {
    const { store, task } = await openWithTask();
    const { taskId } = task.record;
    await store.commit([sampleChange(task, 'failed', { wakeAt: undefined, keep: false })]);
    const checkpointed = { segmentBytes: 1, checkpointBytes: 1 };
    await store.close();
    const next = await place.open(checkpointed);
    await next.quiet();
    await next.create(sampleRecord(), { events: [], wakeAt: 0 });
    await next.create(sampleRecord(), { events: [], wakeAt: 0 });
    await next.quiet();
    await next.close();
    const last = await place.open({
      files: watchedFiles((operation, path) => {
        if (operation === 'open' && path.endsWith('task.json')) throw diskError('EACCES');
        return undefined;
      }),
    });
    await expect(last.get(taskId)).rejects.toMatchObject({
      code: 'AD_STORE_UNAVAILABLE',
      details: { ambiguous: false, reason: 'EACCES' },
    });
  });
});

describe('one writer at a time', () => {
  it('checks after each sync whether it was superseded', async () => {
    const { store, task } = await openWithTask();
    const seen: string[] = [];
    failing = (operation, path) => {
      // The successor comes while the sync runs: too late for a check before it.
      if (operation === 'datasync' && path.includes('/journal/')) seen.push('sync');
      return undefined;
    };
    await markOwnerDead(place.stateDir);
    await place.open();
    await expect(store.commit([sampleChange(task, 'running')])).rejects.toMatchObject({
      code: 'AD_STORE_SESSION_LOST',
    });
    expect(seen).toEqual(['sync']);
    expect(JSON.parse(await readFile(join(place.stateDir, 'epoch.2'), 'utf8'))).toMatchObject({ epoch: 2 });
  });
});
