// Contract: logs, stored values, hints, the ledger and retention.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { StoredTask } from '../store/index.js';
import { commitOk, createClaimed } from './store-contract-commit.js';
import { sampleChange, sampleRecord } from './sample-task.js';
import type { Case } from './store-place.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

export function contentCases(test: Case): void {
  logCases(test);
  blobCases(test);
  newValueCases(test);
  watchCases(test);
  ledgerCases(test);
}

function logCases(test: Case): void {
  test('a log is appended by offset and read from any place', async (place, store) => {
    const task = await createClaimed(store);
    const { taskId } = task.record;
    assert.deepEqual(await store.readLog(taskId, 0, 10), { bytes: Buffer.alloc(0), size: 0 });
    await store.appendLog(taskId, task.fence, 0, Buffer.from('hello '));
    await store.appendLog(taskId, task.fence, 6, Buffer.from('world'));
    const middle = await store.readLog(taskId, 4, 4);
    assert.deepEqual([text(middle.bytes), middle.size], ['o wo', 11]);
    assert.equal((await store.readLog(taskId, 11, 10)).bytes.length, 0);
    assert.equal((await store.readLog(taskId, 99, 10)).bytes.length, 0);
    await store.close();
    const next = await place.open();
    assert.equal(text((await next.readLog(taskId, 0, 100)).bytes), 'hello world');
    await next.close();
  });

  test('repeating log bytes is no change; a gap or other bytes are refused', async (_place, store) => {
    const { record, fence } = await createClaimed(store);
    const append = (offset: number, bytes: string) => store.appendLog(record.taskId, fence, offset, Buffer.from(bytes));
    await append(0, 'abcd');
    await append(0, 'abcd');
    await append(2, 'cdef');
    assert.equal(text((await store.readLog(record.taskId, 0, 100)).bytes), 'abcdef');
    await assert.rejects(append(7, 'x'), { code: 'AD_STORE_CONFLICT' });
    await assert.rejects(append(5, 'xy'), { code: 'AD_STORE_CONFLICT' });
    assert.equal(text((await store.readLog(record.taskId, 0, 100)).bytes), 'abcdef');
  });

  test('log appends given at once keep their order', async (_place, store) => {
    const { record, fence } = await createClaimed(store);
    const parts = Array.from({ length: 50 }, (_, index) => `line ${index}\n`);
    let offset = 0;
    await Promise.all(
      parts.map((part) => {
        const appended = store.appendLog(record.taskId, fence, offset, Buffer.from(part));
        offset += part.length;
        return appended;
      }),
    );
    assert.equal(text((await store.readLog(record.taskId, 0, 10_000)).bytes), parts.join(''));
  });

  test('only the owner writes the log', async (_place, store) => {
    const { record, fence } = await createClaimed(store);
    await assert.rejects(store.appendLog(record.taskId, fence - 1, 0, Buffer.from('x')), { code: 'AD_STORE_FENCED' });
  });
}

function blobCases(test: Case): void {
  const names = ['result.json', 'out/deep/report.md', '../../escape', 'Result.JSON', 'a'.repeat(900), 'ü\n\0'];

  test('values of any name are stored apart and read back in pieces', async (place, store) => {
    const { taskId } = (await createClaimed(store)).record;
    for (const name of names) {
      const bytes = Buffer.from(`value of ${name}`);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      assert.deepEqual(await store.putBlob(taskId, name, bytes), { name, size: bytes.length, sha256 });
    }
    await store.close();
    const next = await place.open();
    for (const name of names) {
      const read = await next.getBlob(taskId, name, 6, 2000);
      assert.equal(text(read.bytes), `of ${name}`);
    }
    assert.equal((await next.getBlob(taskId, 'result.json', 0, 3)).bytes.length, 3);
    assert.equal((await next.getBlob(taskId, 'result.json', 99, 3)).bytes.length, 0);
    await next.close();
  });

  test('a value replaces the one of its name', async (_place, store) => {
    const { taskId } = (await createClaimed(store)).record;
    await store.putBlob(taskId, 'r', Buffer.from('a longer first'));
    await store.putBlob(taskId, 'r', Buffer.from('second'));
    assert.deepEqual(await store.getBlob(taskId, 'r', 0, 100), { bytes: Buffer.from('second'), size: 6 });
  });

  test('a local file is copied', async (_place, store) => {
    const { taskId } = (await createClaimed(store)).record;
    const directory = await mkdtemp(join(tmpdir(), 'store-contract-'));
    try {
      const bytes = Buffer.alloc(700_000, 'abc');
      await writeFile(join(directory, 'f'), bytes);
      const stored = await store.putBlob(taskId, 'copy', { file: join(directory, 'f') });
      assert.deepEqual([stored.size, stored.sha256], [bytes.length, createHash('sha256').update(bytes).digest('hex')]);
      await rm(join(directory, 'f'));
      assert.deepEqual((await store.getBlob(taskId, 'copy', 0, 1_000_000)).bytes, bytes);
      await assert.rejects(store.putBlob(taskId, 'gone', { file: join(directory, 'f') }), {
        code: 'AD_TASK_ARTIFACT_NOT_FOUND',
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('a name that nothing was stored under is not found', async (_place, store) => {
    const { taskId } = (await createClaimed(store)).record;
    await assert.rejects(store.getBlob(taskId, 'none', 0, 1), { code: 'AD_TASK_ARTIFACT_NOT_FOUND' });
    await assert.rejects(store.getBlob(sampleRecord().taskId, 'none', 0, 1), { code: 'AD_TASK_NOT_FOUND' });
  });

  test('values given to create are there with the task', async (_place, store) => {
    const record = sampleRecord();
    const blobs = [{ name: 'input', bytes: Buffer.from('big') }];
    await store.create(record, { events: [], wakeAt: 0, blobs });
    assert.equal(text((await store.getBlob(record.taskId, 'input', 0, 10)).bytes), 'big');
  });
}

async function* pieces(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const part of texts) yield Buffer.from(part);
}

function newValueCases(test: Case): void {
  const byDigest = (sha256: string): string => `input/${sha256}`;
  const idempotency = { key: 'k', hash: 'h' };

  test('a task is filled while it is made: its values have names by content, and its record names them', async (place, store) => {
    const record = sampleRecord();
    const names: string[] = [];
    const { task } = await store.create(record, {
      events: [],
      wakeAt: 0,
      fill: async (values) => {
        for (const content of [
          { stream: pieces('one', ' and two') },
          Buffer.from('three'),
          { stream: pieces('three') },
        ])
          names.push((await values.put(byDigest, content)).name);
        await values.put('list', Buffer.from('a list'));
        await values.put('list', Buffer.from('another'));
        return { ...record, input: { blob: names[0] ?? '', size: 11 } };
      },
    });
    assert.deepEqual(task.record.input, { blob: names[0], size: 11 });
    assert.equal(names[0], byDigest(createHash('sha256').update('one and two').digest('hex')));
    assert.equal(names[1], names[2]);
    await store.close();
    const next = await place.open();
    assert.deepEqual((await next.get(record.taskId))?.record.input, { blob: names[0], size: 11 });
    assert.equal(text((await next.getBlob(record.taskId, names[0] ?? '', 0, 100)).bytes), 'one and two');
    assert.equal(text((await next.getBlob(record.taskId, names[2] ?? '', 0, 100)).bytes), 'three');
    assert.equal(text((await next.getBlob(record.taskId, 'list', 0, 100)).bytes), 'a list');
    await next.close();
  });

  test('a task that cannot be filled is not made, and leaves its id and key to be used', async (_place, store) => {
    const record = sampleRecord();
    const options = { events: [], wakeAt: 0, idempotency };
    const failing = store.create(record, {
      ...options,
      fill: async (values) => {
        await values.put(byDigest, Buffer.from('one'));
        await values.put(byDigest, {
          stream: (async function* () {
            yield Buffer.from('two');
            throw Object.assign(new Error('no more'), { code: 'ENOENT' });
          })(),
        });
        return record;
      },
    });
    await assert.rejects(failing);
    assert.equal(await store.get(record.taskId), undefined);
    assert.deepEqual(await store.claim(10), []);
    assert.equal((await store.create(record, options)).created, true);
    await assert.rejects(
      store.getBlob(record.taskId, byDigest(createHash('sha256').update('one').digest('hex')), 0, 1),
      {
        code: 'AD_TASK_ARTIFACT_NOT_FOUND',
      },
    );
  });

  test('a repeated key gives the earlier task and fills nothing; of several at once one is made', async (_place, store) => {
    let fills = 0;
    const create = () => {
      const record = sampleRecord();
      const fill = async (): Promise<typeof record> => {
        fills++;
        await new Promise(setImmediate);
        return record;
      };
      return store.create(record, { events: [], wakeAt: 0, idempotency, fill });
    };
    const made = await Promise.all([create(), create(), create()]);
    assert.equal(made.filter(({ created }) => created).length, 1);
    assert.equal(new Set(made.map(({ task }) => task.record.taskId)).size, 1);
    const before = fills;
    assert.equal((await create()).created, false);
    assert.equal(fills, before);
  });

  test('a repeated key gives the task that was made meanwhile, though its own content is gone', async (_place, store) => {
    const options = { events: [], wakeAt: 0, idempotency };
    const earlier = sampleRecord();
    const late = await store.create(sampleRecord(), {
      ...options,
      fill: async () => {
        await store.create(earlier, options);
        throw new Error('the file is gone');
      },
    });
    assert.deepEqual([late.created, late.task.record.taskId], [false, earlier.taskId]);
  });

  test('a value is lent as a file of its own', async (_place, store) => {
    const { taskId } = (await createClaimed(store)).record;
    await store.putBlob(taskId, 'v', Buffer.from('the value'));
    const lent = await Promise.all([store.borrowBlob(taskId, 'v'), store.borrowBlob(taskId, 'v')]);
    for (const { file, release } of lent) {
      assert(isAbsolute(file));
      assert.equal(await readFile(file, 'utf8'), 'the value');
      await release();
    }
    assert.equal(text((await store.getBlob(taskId, 'v', 0, 100)).bytes), 'the value');
    await assert.rejects(store.borrowBlob(taskId, 'none'), { code: 'AD_TASK_ARTIFACT_NOT_FOUND' });
    await assert.rejects(store.borrowBlob(sampleRecord().taskId, 'v'), { code: 'AD_TASK_NOT_FOUND' });
  });
}

function watchCases(test: Case): void {
  test('watchers hear of commits, commands and log bytes that can be read, and nothing after', async (_place, store) => {
    const task = await createClaimed(store);
    const { taskId } = task.record;
    const heard = async (change: () => Promise<unknown>, watched: string): Promise<string> => {
      let stop = (): void => undefined;
      const hint = new Promise<string>((resolve) => (stop = store.watch(watched, resolve)));
      await change();
      const told = await hint;
      stop();
      return told;
    };
    const commit = () => commitOk(store, sampleChange(task, 'running'));
    const post = () => store.post(taskId, { commandId: 'c', kind: 'message', body: {} });
    const append = () => store.appendLog(taskId, task.fence, 0, Buffer.from('x'));
    assert.equal(await heard(commit, taskId), taskId);
    assert.equal(await heard(post, '*'), taskId);
    assert.equal(await heard(append, taskId), taskId);

    let calls = 0;
    store.watch(taskId, () => calls++)();
    await store.post(taskId, { commandId: 'd', kind: 'message', body: {} });
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.equal(calls, 0);
  });
}

function ledgerCases(test: Case): void {
  const resource = { id: 'r1', kind: 'machine', scope: 'task' };
  const planned = { resource, attempt: 1, state: 'planned' as const };

  test('handles gives the tasks of an account that hold something, ended ones too', async (_place, store) => {
    const holding = sampleRecord({ resources: [planned], status: 'failed', endedAt: 1 });
    const borrowed = { ...planned, resource: { ...resource, scope: 'borrowed' } };
    const released = { ...planned, state: 'released' as const };
    const others = [
      sampleRecord({ resources: [borrowed, released] }),
      sampleRecord({ resources: [planned], account: 'other' }),
      sampleRecord(),
    ];
    for (const record of [holding, ...others]) await store.create(record, { events: [], wakeAt: 0 });
    const found: string[] = [];
    for await (const { record } of store.handles('dev')) found.push(record.taskId);
    assert.deepEqual(found, [holding.taskId]);
  });

  test('purge removes what ended before, holds nothing and has nothing left to do', async (place, store) => {
    const end = async (endedAt: number, rest: object = {}): Promise<string> => {
      const task = await createClaimed(store);
      const record = { ...task.record, status: 'succeeded' as const, endedAt, ...rest };
      await commitOk(store, { ...sampleChange(task, 'succeeded'), record, wakeAt: undefined, keep: false });
      return record.taskId;
    };
    const old = await end(100);
    await store.putBlob(old, 'b', Buffer.from('x'));
    const kept = [await end(300), await end(100, { resources: [planned] }), (await createClaimed(store)).record.taskId];
    assert.equal(await store.purge(200), 1);
    assert.equal(await store.purge(200), 0);
    assert.equal(await store.get(old), undefined);
    await assert.rejects(store.getBlob(old, 'b', 0, 1), { code: 'AD_TASK_NOT_FOUND' });
    await store.close();
    const next = await place.open();
    assert.equal(await next.get(old), undefined);
    for (const taskId of kept) assert(await next.get(taskId));
    await next.close();
  });

  test('purge makes room: what ended first goes until the ended tasks fit, and nothing that is open or holds something', async (_place, store) => {
    const end = async (endedAt: number, rest: object = {}): Promise<string> => {
      const task = await createClaimed(store);
      const record = { ...task.record, status: 'succeeded' as const, endedAt, ...rest };
      await store.putBlob(record.taskId, 'b', Buffer.alloc(100_000));
      await commitOk(store, { ...sampleChange(task, 'succeeded'), record, wakeAt: undefined, keep: false });
      return record.taskId;
    };
    const later = await end(300);
    const first = await end(200);
    const holding = await end(100, { resources: [planned] });
    const open = (await createClaimed(store)).record.taskId;
    assert.equal(await store.purge(0, 350_000), 0);
    assert.equal(await store.purge(0, 250_000), 1);
    assert.equal(await store.get(first), undefined);
    assert.equal(await store.purge(0, 0), 1);
    assert.equal(await store.get(later), undefined);
    for (const taskId of [holding, open]) assert(await store.get(taskId));
  });

  test('purge leaves a task while something that it reserved still counts, however old or large it is', async (place, store) => {
    const task = await createClaimed(store);
    const record = { ...task.record, status: 'succeeded' as const, endedAt: 100 };
    const rest = { wakeAt: undefined, keep: false };
    const acquire = [{ key: 'seconds a day', limit: 10, amount: 8, until: store.now() + 1000 }];
    await commitOk(store, { ...sampleChange(task, 'succeeded', { ...rest, admission: { acquire } }), record });
    await store.putBlob(record.taskId, 'b', Buffer.alloc(1000));
    place.advance(999);
    assert.equal(await store.purge(store.now(), 0), 0);
    const other = await createClaimed(store);
    const more = { acquire: [{ key: 'seconds a day', limit: 10, amount: 8 }] };
    const [refused] = await store.commit([sampleChange(other, 'running', { admission: more })]);
    assert.equal(refused?.status, 'overLimit');
    place.advance(1);
    assert.equal(await store.purge(store.now(), 0), 1);
    assert.equal(await store.get(record.taskId), undefined);
  });

  test('purge leaves a task as long as one that continues it has something left to do', async (_place, store) => {
    const end = async (task: StoredTask): Promise<void> => {
      const record = { ...task.record, status: 'succeeded' as const, endedAt: 100 };
      await commitOk(store, { ...sampleChange(task, 'succeeded'), record, wakeAt: undefined, keep: false });
    };
    const earlier = await createClaimed(store);
    await end(earlier);
    const sample = sampleRecord();
    const request = { ...sample.request, continueFrom: earlier.record.taskId };
    await store.create({ ...sample, request }, { events: [], wakeAt: 0 });
    const [later] = await store.claim(1);
    assert(later);
    assert.equal(await store.purge(200, 0), 0);
    assert(await store.get(earlier.record.taskId));
    await end(later);
    assert.equal(await store.purge(200), 2);
  });

  test('the key of a purged task may be used again', async (_place, store) => {
    const create = () =>
      store.create(sampleRecord({ status: 'failed', endedAt: 1 }), {
        events: [],
        wakeAt: store.now(),
        idempotency: { key: 'k', hash: 'h' },
      });
    await create();
    const [task] = await store.claim(1);
    assert(task);
    await commitOk(store, sampleChange(task, 'failed', { wakeAt: undefined, keep: false }));
    await store.purge(store.now());
    assert.equal((await create()).created, true);
  });
}
