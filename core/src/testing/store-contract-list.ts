// Contract: lists of tasks in pages.
import assert from 'node:assert/strict';
import type { ListQuery, TaskStore } from '../store/index.js';
import { commitOk, createClaimed } from './store-contract-commit.js';
import { sampleChange, sampleRecord, type SampleOptions } from './sample-task.js';
import type { Case } from './store-place.js';

const START = 1_700_000_000_000;

async function listIds(store: TaskStore, query: Omit<ListQuery, 'limit'>, limit = 100): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await store.list({ ...query, limit, cursor });
    ids.push(...page.items.map(({ record }) => record.taskId));
    cursor = page.nextCursor;
    if (cursor === undefined) return ids;
    assert.equal(page.items.length, limit, 'only the last page is short');
  }
}

async function fill(store: TaskStore, samples: readonly SampleOptions[]): Promise<string[]> {
  const ids: string[] = [];
  for (const sample of samples) {
    const { task } = await store.create(sampleRecord(sample), { events: [], wakeAt: 0 });
    ids.push(task.record.taskId);
  }
  return ids;
}

export function listCases(test: Case): void {
  test('pages together give every task once, newest first, whatever the page size', async (place, store) => {
    const ids = await fill(
      store,
      Array.from({ length: 9 }, (_, index) => ({ createdAt: START + Math.floor(index / 2) })),
    );
    const whole = await listIds(store, {});
    assert.deepEqual([...whole].sort(), [...ids].sort());
    assert.equal(whole[0], ids.at(-1));
    for (const size of [1, 2, 4, 9]) assert.deepEqual(await listIds(store, {}, size), whole);
    await store.close();
    const next = await place.open();
    assert.deepEqual(await listIds(next, {}, 2), whole);
    await next.close();
  });

  test('a task made between two pages does not shift them', async (_place, store) => {
    const ids = await fill(
      store,
      [0, 1, 2, 3].map((offset) => ({ createdAt: START + offset })),
    );
    const first = await store.list({ limit: 2 });
    await fill(store, [{ createdAt: START + 9 }]);
    const second = await store.list({ limit: 2, cursor: first.nextCursor });
    assert.deepEqual(
      second.items.map(({ record }) => record.taskId),
      [ids[1], ids[0]],
    );
    assert.equal(second.nextCursor, undefined);
  });

  test('filters hold together', async (_place, store) => {
    const [parent = ''] = await fill(store, [{ createdAt: START, status: 'failed' }]);
    const [a, b, c] = await fill(store, [
      { createdAt: START + 1, labels: { team: 'x', kind: 'k' }, group: 'g' },
      { createdAt: START + 2, labels: { team: 'x' }, parent, subject: 'alice' },
      { createdAt: START + 3, labels: { team: 'y' }, group: 'g' },
    ]);
    assert.deepEqual(await listIds(store, { label: { team: 'x' } }), [b, a]);
    assert.deepEqual(await listIds(store, { label: { team: 'x', kind: 'k' } }), [a]);
    assert.deepEqual(await listIds(store, { label: { toString: 'x' } }), []);
    assert.deepEqual(await listIds(store, { group: 'g' }), [c, a]);
    assert.deepEqual(await listIds(store, { parent }), [b]);
    assert.deepEqual(await listIds(store, { subject: 'alice' }), [b]);
    assert.deepEqual(await listIds(store, { subject: 'alice', group: 'g' }), []);
    assert.deepEqual(await listIds(store, { subject: 'ali' }), []);
    assert.deepEqual(await listIds(store, { statuses: ['failed', 'lost'] }), [parent]);
    assert.deepEqual(await listIds(store, { since: START + 2 }), [c, b]);
    assert.deepEqual(await listIds(store, { since: START + 2, group: 'g' }), [c]);
  });

  test('a list shows the latest commit', async (_place, store) => {
    const task = await createClaimed(store);
    await commitOk(store, sampleChange(task, 'running'));
    assert.deepEqual(await listIds(store, { statuses: ['running'] }), [task.record.taskId]);
    assert.deepEqual(await listIds(store, { statuses: ['queued'] }), []);
  });

  test('a cursor that is none is refused', async (_place, store) => {
    for (const cursor of [
      '',
      'x',
      Buffer.from('{"v":9}').toString('base64url'),
      Buffer.from('null').toString('base64url'),
    ]) {
      await assert.rejects(store.list({ limit: 1, cursor }), { code: 'AD_INPUT_CURSOR' });
    }
  });
}
