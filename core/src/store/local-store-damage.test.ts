// One byte changed in a place: what suffers is named, everything else is served.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleChange, sampleRecord } from '../testing/sample-task.js';
import type { LocalStore } from './local-store.js';
import type { StoredTask } from './task-store.js';
import { createLocalPlace, markOwnerDead, type LocalPlace } from './testdata/local-place.js';

let place: LocalPlace;
beforeEach(async () => void (place = await createLocalPlace({ segmentBytes: 2000, checkpointBytes: 2000 })));
afterEach(() => place.dispose());

const warnings: unknown[] = [];
beforeEach(() => void warnings.splice(0));
const logger = { debug: () => undefined, info: () => undefined, warn: (...call: unknown[]) => warnings.push(call) };

async function newTask(store: LocalStore, parent?: string): Promise<StoredTask> {
  const record = sampleRecord({ createdAt: store.now(), ...(parent !== undefined && { parent }) });
  await store.create(record, { events: [{ type: 'accepted' }], wakeAt: store.now() });
  const [task] = await store.claim(1);
  if (!task) throw new Error('the task is not claimed');
  return task;
}

async function commit(store: LocalStore, ...change: Parameters<typeof sampleChange>): Promise<StoredTask> {
  const [result] = await store.commit([sampleChange(...change)]);
  if (result?.status !== 'ok') throw new Error(`the commit ends ${result?.status}`);
  return result.task;
}

const end = (store: LocalStore, task: StoredTask): Promise<StoredTask> =>
  commit(store, task, 'succeeded', { wakeAt: undefined, keep: false });

/** Work until a checkpoint holds what was there before, and nothing before it is left in the journal. */
async function untilCheckpointed(store: LocalStore): Promise<void> {
  await store.quiet();
  for (let count = 0; count < 12; count++) await end(store, await newTask(store));
  await store.quiet();
}

async function checkpointPath(): Promise<string> {
  const [name = ''] = await readdir(join(place.stateDir, 'checkpoint'));
  return join(place.stateDir, 'checkpoint', name);
}

const documentPath = ({ record }: StoredTask): string =>
  join(place.stateDir, 'tasks', '2027-01-15', record.taskId, 'task.json');

/** Changes one byte so many bytes behind the text. */
async function flip(path: string, text: string, behind = 0): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.indexOf(text);
  if (at < 0) throw new Error(`${path} does not contain ${text}`);
  const changed = at + text.length + behind;
  bytes[changed] = (bytes[changed] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

async function reopened(): Promise<LocalStore> {
  await markOwnerDead(place.stateDir);
  return place.open({ logger });
}

describe('a changed byte in the checkpoint', () => {
  it('in a line of tasks at rest is made up for from their documents', async () => {
    const store = await place.open();
    const ended = await end(store, await newTask(store));
    await untilCheckpointed(store);
    await flip(await checkpointPath(), `"${ended.record.taskId}","succe`);
    const next = await reopened();
    expect(await next.get(ended.record.taskId)).toEqual(ended);
    expect((await next.list({ limit: 100 })).items).toHaveLength(13);
    expect(warnings).toEqual([[expect.any(String), { place: expect.stringMatching(/^checkpoint-/), taskIds: [] }]]);
    expect(await readdir(join(place.stateDir, 'damaged'))).toHaveLength(1);
  });

  it('in the line of an open task is named to who asks for it, also by later sessions; others are served', async () => {
    const store = await place.open();
    const parent = await newTask(store);
    const open = await commit(store, await newTask(store, parent.record.taskId), 'running');
    await untilCheckpointed(store);
    await flip(await checkpointPath(), `"taskId":"${open.record.taskId}","stat`);
    const next = await reopened();
    const told = {
      code: 'AD_STORE_CORRUPT',
      message: expect.stringMatching(/checkpoint-\S+ line \d+/),
      details: { taskId: open.record.taskId, place: expect.stringMatching(/^checkpoint-/) },
    };
    await expect(next.get(open.record.taskId)).rejects.toMatchObject(told);
    await expect(next.post(open.record.taskId, { commandId: 'c', kind: 'cancel', body: {} })).rejects.toMatchObject(
      told,
    );
    expect((await next.get(parent.record.taskId))?.record.status).toBe('queued');
    await untilCheckpointed(next);
    await expect((await reopened()).get(open.record.taskId)).rejects.toMatchObject(told);
  });
});

describe('a changed byte in a document', () => {
  it('is named to who asks for the task, and the file is left as it is', async () => {
    const store = await place.open();
    const hurt = await end(store, await newTask(store));
    const sound = await end(store, await newTask(store));
    await untilCheckpointed(store);
    await flip(documentPath(hurt), '"instruction":"say');
    const before = await readFile(documentPath(hurt));
    const next = await reopened();
    await expect(next.get(hurt.record.taskId)).rejects.toMatchObject({
      code: 'AD_STORE_CORRUPT',
      details: { taskId: hurt.record.taskId, file: 'task.json' },
    });
    expect(await next.get(sound.record.taskId)).toEqual(sound);
    await untilCheckpointed(next);
    expect(await readFile(documentPath(hurt))).toEqual(before);
  });
});

describe('a changed byte in an events file', () => {
  it('makes reading those events an error that names the task; later ones are served', async () => {
    const store = await place.open();
    let task = await newTask(store);
    for (let count = 0; count < 40; count++) {
      task = await commit(store, task, 'running', { events: [{ type: 'progress', message: `step ${count}` }] });
    }
    await store.quiet();
    await flip(join(documentPath(task), '..', 'events.jsonl'), '"message":"step 1');
    const { taskId } = task.record;
    await expect(store.readEvents(taskId, 0, 100)).rejects.toMatchObject({
      code: 'AD_STORE_CORRUPT',
      details: { taskId },
    });
    expect((await store.readEvents(taskId, 38, 100)).map(({ message }) => message)).toEqual([
      'step 37',
      'step 38',
      'step 39',
    ]);
  });
});

describe('a changed byte in the last record of the journal', () => {
  async function withHurtEnd(
    close: (store: LocalStore) => Promise<void>,
  ): Promise<{ hurt: StoredTask; next: LocalStore }> {
    const store = await place.open({ segmentBytes: 1_000_000 });
    const sound = await newTask(store);
    const { task: hurt } = await store.create(sampleRecord({ createdAt: store.now() }), { events: [], wakeAt: 0 });
    await close(store);
    const journal = join(place.stateDir, 'journal');
    const [name = ''] = await readdir(journal);
    await flip(join(journal, name), `"taskId":"${hurt.record.taskId}","stat`);
    const next = await place.open({ logger });
    expect((await next.get(sound.record.taskId))?.record.status).toBe('queued');
    return { hurt, next };
  }

  it('is named like any other when the journal was closed in order', async () => {
    const { hurt, next } = await withHurtEnd((store) => store.close());
    await expect(next.get(hurt.record.taskId)).rejects.toMatchObject({ code: 'AD_STORE_CORRUPT' });
    expect(warnings).toEqual([
      [expect.stringContaining('damaged'), { place: '1-1.jsonl line 4', taskIds: [hurt.record.taskId] }],
    ]);
    expect(await readdir(join(place.stateDir, 'damaged'))).toEqual(['1-1.jsonl.4']);
  });

  it('is kept aside and named as the unread end when the writer was killed', async () => {
    const { hurt } = await withHurtEnd(() => markOwnerDead(place.stateDir));
    expect(warnings).toEqual([
      [expect.stringContaining('the end of the journal'), { place: '1-1.jsonl line 4', taskIds: [hurt.record.taskId] }],
    ]);
    expect(await readdir(join(place.stateDir, 'damaged'))).toEqual(['1-1.jsonl.4']);
  });
});
