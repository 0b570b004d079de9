import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sampleChange, sampleRecord } from '../testing/sample-task.js';
import type { LocalStore } from './local-store.js';
import { encodeLine } from './record-codec.js';
import type { StoredTask, TaskStore } from './task-store.js';
import { createLocalPlace, markOwnerDead, type LocalPlace } from './testdata/local-place.js';
import { diskError, watchedFiles } from './testdata/watched-files.js';

const places: LocalPlace[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.dispose();
});
async function newPlace(...options: Parameters<typeof createLocalPlace>): Promise<LocalPlace> {
  const place = await createLocalPlace(...options);
  places.push(place);
  return place;
}

async function createTask(store: TaskStore): Promise<StoredTask> {
  await store.create(sampleRecord({ createdAt: store.now() }), { events: [{ type: 'accepted' }], wakeAt: store.now() });
  const [task] = await store.claim(1);
  if (!task) throw new Error('the task is not claimed');
  return task;
}

async function commit(store: TaskStore, ...change: Parameters<typeof sampleChange>): Promise<StoredTask> {
  const [result] = await store.commit([sampleChange(...change)]);
  if (result?.status !== 'ok') throw new Error(`the commit ends ${result?.status}`);
  return result.task;
}

const endTask = (store: TaskStore, task: StoredTask): Promise<StoredTask> =>
  commit(store, task, 'succeeded', { wakeAt: undefined, keep: false });

/** As when the process is killed: the directory as it is now, without a word of the store. */
async function crash(place: LocalPlace): Promise<void> {
  await markOwnerDead(place.stateDir);
}

const journalFiles = async (place: LocalPlace): Promise<string[]> =>
  (await readdir(join(place.stateDir, 'journal'))).sort();

async function journalBytes(place: LocalPlace): Promise<number> {
  const sizes = (await journalFiles(place)).map(
    async (name) => (await stat(join(place.stateDir, 'journal', name))).size,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const journalPath = async (place: LocalPlace): Promise<string> =>
  join(place.stateDir, 'journal', (await journalFiles(place)).at(-1) ?? '');

async function statusOf(store: LocalStore, task: StoredTask): Promise<string | undefined> {
  return (await store.get(task.record.taskId))?.record.status;
}

describe('a journal that a crash tore off', () => {
  it.each([1, 7, 200])('is cut %d bytes into its last record; all before is there', async (bytes) => {
    const place = await newPlace();
    const store = await place.open();
    const task = await commit(store, await createTask(store), 'running');
    const before = (await stat(await journalPath(place))).size;
    await commit(store, task, 'completing');
    await crash(place);
    const path = await journalPath(place);
    await writeFile(path, (await readFile(path)).subarray(0, before + bytes));

    const next = await place.open();
    expect(await statusOf(next, task)).toBe('running');
    expect((await stat(path)).size).toBe(before);
    const [again] = await next.claim(1);
    if (!again) throw new Error('the task is not claimed');
    await commit(next, again, 'failed');
    await crash(place);
    expect(await statusOf(await place.open(), task)).toBe('failed');
  });

  it('is cut where its end was filled with zeros', async () => {
    const place = await newPlace();
    const store = await place.open();
    const task = await commit(store, await createTask(store), 'running');
    await crash(place);
    const path = await journalPath(place);
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(5000)]));
    expect(await statusOf(await place.open(), task)).toBe('running');
  });
});

describe('a damaged line in the middle of the journal', () => {
  const damage = async (place: LocalPlace, after: string): Promise<Buffer> => {
    const path = await journalPath(place);
    const bytes = await readFile(path);
    const at = bytes.lastIndexOf(after);
    bytes[at + after.length + 3] = (bytes[at + after.length + 3] ?? 0) ^ 0x20;
    await writeFile(path, bytes);
    return bytes;
  };

  it('is named and kept aside; its task is not served, every other is', async () => {
    const place = await newPlace();
    const store = await place.open();
    const hurt = await commit(store, await createTask(store), 'running');
    const sound = await commit(store, await createTask(store), 'starting');
    await crash(place);
    await damage(place, '"status":"running"');

    const warnings: unknown[] = [];
    const logger = { debug: () => undefined, info: () => undefined, warn: (...call: unknown[]) => warnings.push(call) };
    const next = await place.open({ logger });
    expect(await statusOf(next, sound)).toBe('starting');
    await expect(next.get(hurt.record.taskId)).rejects.toMatchObject({
      code: 'AD_STORE_CORRUPT',
      details: { taskId: hurt.record.taskId, place: '1-1.jsonl line 4' },
    });
    expect((await next.list({ limit: 10 })).items.map(({ record }) => record.taskId)).toEqual([sound.record.taskId]);
    expect((await next.claim(10)).map(({ record }) => record.taskId)).toEqual([sound.record.taskId]);
    expect(warnings).toEqual([[expect.any(String), { place: '1-1.jsonl line 4', taskIds: [hurt.record.taskId] }]]);
    expect(await readdir(join(place.stateDir, 'damaged'))).toEqual(['1-1.jsonl.4']);
  });

  it('is forgotten when a later record holds the task whole', async () => {
    const place = await newPlace();
    const store = await place.open();
    const task = await commit(store, await createTask(store), 'running');
    await commit(store, task, 'completing', { events: [{ type: 'progress' }] });
    await crash(place);
    await damage(place, '"status":"running"');
    const next = await place.open();
    expect(await statusOf(next, task)).toBe('completing');
    expect(await next.readEvents(task.record.taskId, 0, 10)).toHaveLength(2);
  });

  it('that held events makes reading them an error, not a gap', async () => {
    const place = await newPlace();
    const store = await place.open();
    const task = await commit(store, await createTask(store), 'running', { events: [{ type: 'progress' }] });
    await commit(store, task, 'completing', { events: [{ type: 'progress' }] });
    await crash(place);
    await damage(place, '"status":"running"');
    const next = await place.open();
    await expect(next.readEvents(task.record.taskId, 0, 10)).rejects.toMatchObject({ code: 'AD_STORE_CORRUPT' });
  });

  it('stays known when a checkpoint replaced the journal', async () => {
    const place = await newPlace({ segmentBytes: 2000, checkpointBytes: 2000 });
    const store = await place.open({ segmentBytes: 1_000_000 });
    const hurt = await commit(store, await createTask(store), 'running');
    await createTask(store);
    await crash(place);
    await damage(place, '"status":"running"');
    const next = await place.open();
    for (let count = 0; count < 10; count++) await createTask(next);
    await next.quiet();
    expect(await journalFiles(place)).not.toContain('1-1.jsonl');
    await crash(place);
    await expect((await place.open()).get(hurt.record.taskId)).rejects.toMatchObject({ code: 'AD_STORE_CORRUPT' });
  });
});

describe('what a superseded writer adds', () => {
  it('does not count', async () => {
    const place = await newPlace();
    const store = await place.open();
    const task = await commit(store, await createTask(store), 'running');
    await crash(place);
    const next = await place.open();
    const late = await store.commit([sampleChange(task, 'failed')]).catch((error: unknown) => error);
    expect(late).toMatchObject({ code: 'AD_STORE_SESSION_LOST', details: { ambiguous: true } });
    expect(store.session.state).toBe('lost');
    await expect(store.get(task.record.taskId)).rejects.toMatchObject({ code: 'AD_STORE_SESSION_LOST' });
    expect(await readFile(join(place.stateDir, 'journal', '1-1.jsonl'), 'utf8')).toContain('"status":"failed"');
    expect(await statusOf(next, task)).toBe('running');
    await next.close();
    expect(await statusOf(await place.open(), task)).toBe('running');
  });
});

describe('start-up', () => {
  it('reads the checkpoint and the journal behind it, and no file of any task', async () => {
    const place = await newPlace({ segmentBytes: 4000, checkpointBytes: 8000 });
    const store = await place.open();
    const tasks: StoredTask[] = [];
    for (let count = 0; count < 40; count++) tasks.push(await endTask(store, await createTask(store)));
    await store.quiet();
    const open = await commit(store, await createTask(store), 'running');
    await store.quiet();
    await crash(place);

    const read = new Set<string>();
    const files = watchedFiles((operation, path) => {
      if (operation === 'read') read.add(path.slice(place.stateDir.length + 1));
      return undefined;
    });
    const journal = await journalFiles(place);
    const [checkpoint, ...others] = await readdir(join(place.stateDir, 'checkpoint'));
    expect(others).toEqual([]);
    const next = await place.open({ files });
    const expected = [
      'epoch.1',
      'installation.json',
      `checkpoint/${checkpoint}`,
      ...journal.map((name) => `journal/${name}`),
    ];
    expect([...read].sort()).toEqual(expected.sort());
    expect(journal.length).toBeLessThan(6);
    expect(await statusOf(next, open)).toBe('running');
    for (const task of tasks) expect(await next.get(task.record.taskId)).toEqual(task);
    expect(read).toContain(`tasks/2027-01-15/${tasks[0]?.record.taskId}/task.json`);
  });

  it('reads every task of a checkpoint that was written in many pieces', async () => {
    const place = await newPlace({ segmentBytes: 1000, checkpointBytes: 300_000 });
    const store = await place.open();
    const records = Array.from({ length: 12 }, (_, index) => {
      const record = sampleRecord({ createdAt: store.now() + index });
      return { ...record, input: { inline: `${index}`.repeat(100_000) } };
    });
    for (const record of records) await store.create(record, { events: [], wakeAt: 0 });
    await store.quiet();
    await crash(place);
    const checkpoints = await readdir(join(place.stateDir, 'checkpoint'));
    expect(checkpoints).toHaveLength(1);
    const next = await place.open();
    for (const record of records) expect((await next.get(record.taskId))?.record).toEqual(record);
  });

  it('reads no more after many short sessions than after a few: they write checkpoints too', async () => {
    const place = await newPlace({ checkpointBytes: 20_000 });
    const sizes: number[] = [];
    for (let session = 0; session < 12; session++) {
      const store = await place.open();
      for (let count = 0; count < 8; count++) await endTask(store, await createTask(store));
      await store.quiet();
      await store.close();
      sizes.push(await journalBytes(place));
    }
    expect(Math.max(...sizes)).toBeLessThan(2 * Math.max(...sizes.slice(0, 3)));
    const next = await place.open();
    expect((await next.list({ limit: 100 })).items).toHaveLength(96);
    expect(next.nextDue()).toBeUndefined();
  });

  it('writes a checkpoint after many sessions, however little they did', async () => {
    const place = await newPlace();
    let store = await place.open();
    const task = await endTask(store, await createTask(store));
    for (let session = 0; session < 66; session++) {
      await store.close();
      store = await place.open();
      await store.quiet();
    }
    expect((await journalFiles(place)).length).toBeLessThan(64);
    expect(await store.get(task.record.taskId)).toEqual(task);
  });

  it('writes no document again that is there as it should be', async () => {
    const place = await newPlace();
    const store = await place.open();
    const tasks = [await endTask(store, await createTask(store)), await endTask(store, await createTask(store))];
    await store.quiet();
    await store.close();
    const document = ({ record }: StoredTask): string =>
      join(place.stateDir, 'tasks', '2027-01-15', record.taskId, 'task.json');
    const [same, other] = tasks.map(document);
    await writeFile(other ?? '', 'another');
    const [written, synced]: string[][] = [[], []];
    const files = watchedFiles((operation, path) => {
      if (operation === 'rename') written?.push(path);
      if (operation === 'datasync') synced?.push(path);
      return undefined;
    });
    const next = await place.open({ files });
    await next.quiet();
    expect(written?.filter((path) => path.endsWith('task.json'))).toEqual([other]);
    // Its writer may have been killed before it was synced.
    expect(synced).toContain(same);
    for (const task of tasks) expect(await next.get(task.record.taskId)).toEqual(task);
  });

  it('keeps no ended task whole in memory once it is in its document', async () => {
    const place = await newPlace();
    const store = await place.open();
    const task = await endTask(store, await createTask(store));
    await store.quiet();
    const document = join(place.stateDir, 'tasks', '2027-01-15', task.record.taskId, 'task.json');
    const stored = JSON.parse(await readFile(document, 'utf8')) as { state: { record: unknown } };
    expect(stored.state.record).toEqual(task.record);
  });

  it('brings ended tasks back to memory that were not in their documents yet', async () => {
    const place = await newPlace();
    const store = await place.open();
    const task = await endTask(store, await createTask(store));
    await store.quiet();
    await crash(place);
    const copy = `${place.stateDir}-copy`;
    await cp(place.stateDir, copy, { recursive: true, filter: (source) => !source.includes('/tasks/') });
    const next = await place.open({ stateDir: copy });
    expect(await next.get(task.record.taskId)).toEqual(task);
    await next.quiet();
    expect(await readdir(join(copy, 'tasks', '2027-01-15', task.record.taskId))).toEqual(['task.json']);
  });

  it('goes on with the events of a task that has many, over checkpoints and crashes', async () => {
    const place = await newPlace({ segmentBytes: 3000, checkpointBytes: 6000 });
    let store = await place.open();
    const { taskId } = (await createTask(store)).record;
    for (let round = 0; round < 6; round++) {
      for (let count = 0; count < 25; count++) {
        const [task] = store.mine();
        if (!task) throw new Error('the task is not owned');
        await commit(store, task, 'running', { events: [{ type: 'progress', message: `${round}.${count}` }] });
      }
      await crash(place);
      store = await place.open();
      await store.claim(1);
    }
    const events = await store.readEvents(taskId, 0, 1000);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 151 }, (_, index) => index + 1));
    expect(events.at(-1)?.message).toBe('5.24');
    expect((await store.readEvents(taskId, 77, 3)).map(({ seq }) => seq)).toEqual([78, 79, 80]);
  });

  it('removes what a purge left when it was interrupted', async () => {
    const place = await newPlace();
    let broken = true;
    const files = watchedFiles((operation, path) => {
      if (broken && operation === 'remove' && path.includes('/tasks/')) throw diskError('EIO');
      return undefined;
    });
    const store = await place.open({ files });
    const task = await createTask(store);
    await commit(store, task, 'failed', { wakeAt: undefined, keep: false });
    await store.quiet();
    await expect(store.purge(store.now() + 1)).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
    const day = join(place.stateDir, 'tasks', '2027-01-15');
    expect(await readdir(day)).toEqual([task.record.taskId]);
    broken = false;
    await crash(place);
    const next = await place.open({ files });
    await next.quiet();
    expect(await readdir(day)).toEqual([]);
    expect(await next.get(task.record.taskId)).toBeUndefined();
  });

  it('leaves a state directory of a newer version untouched', async () => {
    const place = await newPlace();
    const store = await place.open();
    await store.close();
    const path = join(place.stateDir, 'installation.json');
    await writeFile(path, JSON.stringify({ installationId: 'x', stateSchema: 2, more: true }));
    const before = await snapshot(place.stateDir);
    await expect(place.open()).rejects.toMatchObject({ code: 'AD_STORE_SCHEMA', details: { found: 2, known: 1 } });
    expect(await snapshot(place.stateDir)).toEqual(before);
  });

  describe.each([
    ['a checkpoint of an earlier version', 'checkpoint/1-1.jsonl', [{ type: 'checkpoint', version: 1 }]],
    ['a checkpoint with lines of an unknown kind', 'checkpoint/1-1.jsonl', [{ type: 'ended', tasks: [] }]],
    ['a journal of a later version', 'journal/2-1.jsonl', [{ type: 'segment', version: 2 }]],
    [
      'a journal with lines of an unknown kind',
      'journal/2-1.jsonl',
      [{ type: 'segment', version: 1 }, { type: 'new' }],
    ],
  ])('finds %s', (_what, file, lines) => {
    it('and refuses the directory, whose files stay: no task is dropped in silence', async () => {
      const place = await newPlace();
      await (await place.open()).close();
      const path = join(place.stateDir, file);
      await writeFile(path, lines.map(encodeLine).join(''));
      const content = await readFile(path, 'utf8');
      const told = { code: 'AD_STORE_SCHEMA', message: expect.stringContaining(file.split('/')[0] ?? '') };
      await expect(place.open()).rejects.toMatchObject(told);
      await expect(place.open()).rejects.toMatchObject(told);
      expect(await readFile(path, 'utf8')).toBe(content);
    });
  });

  it('says so of a document of another version, to who asks for its task', async () => {
    const place = await newPlace({ segmentBytes: 1, checkpointBytes: 1 });
    const store = await place.open();
    const task = await endTask(store, await createTask(store));
    await store.quiet();
    for (let count = 0; count < 3; count++) await createTask(store);
    await store.quiet();
    await store.close();
    const path = join(place.stateDir, 'tasks', '2027-01-15', task.record.taskId, 'task.json');
    const { state } = JSON.parse(await readFile(path, 'utf8')) as { state: object };
    await writeFile(path, encodeLine({ version: 2, state }));
    const next = await place.open();
    await expect(next.get(task.record.taskId)).rejects.toMatchObject({ code: 'AD_STORE_SCHEMA' });
  });

  it('keeps the installation id, and makes the directory for this user alone', async () => {
    const place = await newPlace();
    const store = await place.open();
    const { installationId } = store;
    expect(installationId).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    await store.close();
    expect((await place.open()).installationId).toBe(installationId);
    expect((await stat(place.stateDir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(place.stateDir, 'installation.json'))).mode & 0o777).toBe(0o600);
  });
});

async function snapshot(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map(async (path) => [path, await readFile(path, 'utf8')] as const));
  return Object.fromEntries(contents);
}
