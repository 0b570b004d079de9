// Contract: several sessions on one place at the same time, or the refusal of a second one.
import assert from 'node:assert/strict';
import { commitOk, createClaimed } from './store-contract-commit.js';
import { createDue, idsOf } from './store-contract-ownership.js';
import { sampleChange, sampleRecord } from './sample-task.js';
import type { Case } from './store-place.js';

export function contentionCases(test: Case): void {
  test('two sessions never claim the same task', async (place, store) => {
    const other = await place.open();
    for (let count = 0; count < 20; count++) await createDue(store, store.now());
    const rounds = await Promise.all([store.claim(15), other.claim(15), store.claim(15), other.claim(15)]);
    const claimed = rounds.flat();
    assert.equal(claimed.length, 20);
    assert.equal(new Set(idsOf(claimed)).size, 20);
    assert.equal(store.mine().length + other.mine().length, 20);
    await other.close();
  });

  test('another session reads and posts, but cannot commit or write the log', async (place, store) => {
    const other = await place.open();
    const task = await createClaimed(store);
    const { taskId } = task.record;
    assert.deepEqual(await other.get(taskId), task);
    assert.deepEqual(await other.commit([sampleChange(task, 'failed')]), [{ status: 'fenced' }]);
    await assert.rejects(other.appendLog(taskId, task.fence, 0, Buffer.from('x')), { code: 'AD_STORE_FENCED' });
    assert.deepEqual(await other.post(taskId, { commandId: 'c', kind: 'cancel', body: {} }), { inbox: 1 });
    await other.close();
  });

  test('who gave a task up writes nothing more when another has it, and whoever has it is not disturbed', async (place, store) => {
    const other = await place.open();
    const task = await createClaimed(store);
    const { taskId } = task.record;
    const given = await commitOk(store, sampleChange(task, 'running', { keep: false, wakeAt: store.now() }));
    const [taken] = await other.claim(10);
    assert(taken);
    for (const fence of [given.fence, taken.fence]) {
      const late = sampleChange(taken, 'failed', { expect: { rev: taken.rev, fence } });
      assert.deepEqual(await store.commit([late]), [{ status: 'fenced' }]);
      await assert.rejects(store.appendLog(taskId, fence, 0, Buffer.from('x')), { code: 'AD_STORE_FENCED' });
    }
    await other.appendLog(taskId, taken.fence, 0, Buffer.from('theirs'));
    await commitOk(other, sampleChange(taken, 'succeeded'));
    assert.equal(Buffer.from((await store.readLog(taskId, 0, 10)).bytes).toString(), 'theirs');
    assert.equal((await store.get(taskId))?.record.status, 'succeeded');
    await other.close();
  });

  test('of two sessions that create with one key, one makes the task and both return it', async (place, store) => {
    const other = await place.open();
    const options = { events: [], wakeAt: 0, idempotency: { key: 'k', hash: 'h' } };
    const results = await Promise.all([store, other, store, other].map((each) => each.create(sampleRecord(), options)));
    assert.equal(results.filter(({ created }) => created).length, 1);
    assert.equal(new Set(results.map(({ task }) => task.record.taskId)).size, 1);
    assert.equal((await other.list({ limit: 10 })).items.length, 1);
    await other.close();
  });

  test('commands of several sessions share one numbering', async (place, store) => {
    const other = await place.open();
    const { taskId } = (await createClaimed(store)).record;
    const posted = await Promise.all(
      [store, other, store, other].map((each, index) =>
        each.post(taskId, { commandId: `c${index}`, kind: 'message', body: {} }),
      ),
    );
    assert.deepEqual(posted.map(({ inbox }) => inbox).sort(), [1, 2, 3, 4]);
    assert.equal((await other.get(taskId))?.inbox, 4);
    await other.close();
  });

  test('an owner declared dead by another finds its session lost and its tasks gone', async (place, store) => {
    const other = await place.open();
    const task = await createClaimed(store);
    assert.equal(await other.takeover(store.session.incarnation), 1);
    const [taken] = await other.claim(10);
    assert.equal(taken?.fence, task.fence + 1);
    await assert.rejects(store.claim(10), { code: 'AD_STORE_SESSION_LOST' });
    assert.equal(store.session.state, 'lost');
    assert.deepEqual(idsOf(other.mine()), [task.record.taskId]);
    await other.close();
  });
}

export function exclusionCases(test: Case): void {
  test('a second session is refused while the first lives', async (place, store) => {
    await assert.rejects(place.open(), { code: 'AD_STORE_SESSION_LOST' });
    assert.equal(store.session.state, 'held');
    await createClaimed(store);
  });
}
