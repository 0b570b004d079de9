// Contract: who owns which task, when it is due, and what becomes of an owner's tasks after it.
import assert from 'node:assert/strict';
import type { TaskStore } from '../store/index.js';
import { commitOk, createClaimed } from './store-contract-commit.js';
import { sampleChange, sampleRecord } from './sample-task.js';
import type { Case } from './store-place.js';

export const idsOf = (tasks: readonly { record: { taskId: string } }[]): string[] =>
  tasks.map(({ record }) => record.taskId);

export async function createDue(store: TaskStore, wakeAt: number): Promise<string> {
  const { task } = await store.create(sampleRecord({ createdAt: store.now() }), { events: [], wakeAt });
  return task.record.taskId;
}

export function ownershipCases(test: Case): void {
  claimCases(test);
  successionCases(test);
}

function claimCases(test: Case): void {
  test('claim gives what is due, oldest first, each once', async (place, store) => {
    const later = await createDue(store, store.now() + 20);
    const sooner = await createDue(store, store.now() + 10);
    await createDue(store, store.now() + 1000);
    assert.deepEqual(await store.claim(10), []);
    place.advance(20);
    const claimed = await store.claim(10);
    assert.deepEqual(idsOf(claimed), [sooner, later]);
    assert.deepEqual(
      claimed.map(({ owner, fence }) => [owner, fence]),
      [
        [store.session.incarnation, 1],
        [store.session.incarnation, 1],
      ],
    );
    assert.deepEqual(await store.claim(10), []);
    assert.deepEqual(idsOf(store.mine()).sort(), [sooner, later].sort());
  });

  test('claim gives no more than asked for', async (_place, store) => {
    for (let count = 0; count < 3; count++) await createDue(store, store.now());
    assert.equal((await store.claim(2)).length, 2);
    assert.equal((await store.claim(2)).length, 1);
  });

  test('a task with an unread command is due at once', async (_place, store) => {
    const taskId = await createDue(store, store.now() + 1000);
    await store.post(taskId, { commandId: 'c', kind: 'cancel', body: {} });
    assert.deepEqual(idsOf(await store.claim(10)), [taskId]);
  });

  test('nextDue is the earliest time at which claim finds something', async (_place, store) => {
    assert.equal(store.nextDue(), undefined);
    await createDue(store, store.now() + 50);
    await createDue(store, store.now() + 30);
    assert.equal(store.nextDue(), store.now() + 30);
  });

  test('a task given up is claimed again when it is due, with a higher fence', async (place, store) => {
    const task = await createClaimed(store);
    await commitOk(store, sampleChange(task, 'queued', { keep: false, wakeAt: store.now() + 5 }));
    assert.deepEqual([await store.claim(10), store.mine()], [[], []]);
    place.advance(5);
    const [again] = await store.claim(10);
    assert.equal(again?.fence, task.fence + 1);
  });
}

function successionCases(test: Case): void {
  test('tasks of a session that closed are due at once for the next', async (place, store) => {
    const task = await createClaimed(store);
    await commitOk(store, sampleChange(task, 'running', { wakeAt: store.now() + 1_000_000 }));
    await store.close();
    const next = await place.open();
    const [claimed] = await next.claim(10);
    assert.deepEqual([claimed?.record.status, claimed?.fence], ['running', task.fence + 1]);
    await next.close();
  });

  test('tasks of an owner that died are taken over, and it writes nothing more', async (place, store) => {
    const task = await createClaimed(store);
    const running = await commitOk(store, sampleChange(task, 'running', { wakeAt: store.now() + 1_000_000 }));
    await place.kill(store);
    const next = await place.open();
    await next.takeover(store.session.incarnation);
    const [claimed] = await next.claim(10);
    assert.deepEqual([claimed?.record, claimed?.fence], [running.record, task.fence + 1]);

    const late = await store.commit([sampleChange(running, 'failed')]).then(
      ([result]) => result?.status,
      (error: unknown) => (error as { code?: unknown }).code,
    );
    assert(late === 'fenced' || late === 'AD_STORE_SESSION_LOST', `the old owner's commit ends ${String(late)}`);
    assert.equal((await next.get(task.record.taskId))?.record.status, 'running');
    await next.close();
  });

  test('a session cannot take over its own tasks', async (_place, store) => {
    await assert.rejects(store.takeover(store.session.incarnation), TypeError);
  });
}
