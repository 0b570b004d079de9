// Contract: creating and changing tasks, posting commands, events.
import assert from 'node:assert/strict';
import type { StoredTask, TaskStore } from '../store/index.js';
import { sampleChange, sampleRecord } from './sample-task.js';
import type { Case } from './store-place.js';

/** Creates a task that is due, and claims it. */
export async function createClaimed(store: TaskStore): Promise<StoredTask> {
  const { task } = await store.create(sampleRecord({ createdAt: store.now() }), {
    events: [{ type: 'accepted' }],
    wakeAt: store.now(),
  });
  const claimed = (await store.claim(100)).find(({ record }) => record.taskId === task.record.taskId);
  assert(claimed, 'a task that is due is claimed');
  return claimed;
}

export async function commitOk(
  store: TaskStore,
  change: Parameters<TaskStore['commit']>[0][number],
): Promise<StoredTask> {
  const [result] = await store.commit([change]);
  assert(result?.status === 'ok', `commit ends ${result?.status}`);
  return result.task;
}

const hasCode = (code: string) => (error: unknown) => (error as { code?: unknown }).code === code;

export function commitCases(test: Case): void {
  createCases(test);
  changeCases(test);
  admissionCases(test);
  postCases(test);
  eventCases(test);
}

function createCases(test: Case): void {
  test('a created task is read back as it was given, by this session and the next', async (place, store) => {
    const record = sampleRecord({ labels: { team: 'a' } });
    const { task, created } = await store.create(record, { events: [{ type: 'accepted' }], wakeAt: 5 });
    assert.equal(created, true);
    assert.deepEqual(task.record, record);
    assert.deepEqual([task.inbox, task.consumed, task.lastSeq, task.wakeAt, task.owner], [0, 0, 1, 5, undefined]);
    assert.deepEqual(await store.get(record.taskId), task);
    await store.close();
    const next = await place.open();
    assert.deepEqual(await next.get(record.taskId), task);
    await next.close();
  });

  test('what a caller does to its record afterwards does not change the stored one', async (_place, store) => {
    const record = sampleRecord();
    await store.create(record, { events: [], wakeAt: 0 });
    record.status = 'failed';
    assert.equal((await store.get(record.taskId))?.record.status, 'queued');
  });

  test('the same key and hash return the earlier task, also in the next session', async (place, store) => {
    const idempotency = { key: 'k', hash: 'h' };
    const first = await store.create(sampleRecord(), { events: [], wakeAt: 0, idempotency });
    const again = await store.create(sampleRecord(), { events: [], wakeAt: 0, idempotency });
    assert.deepEqual([again.created, again.task.record.taskId], [false, first.task.record.taskId]);
    await store.close();
    const next = await place.open();
    const later = await next.create(sampleRecord(), { events: [], wakeAt: 0, idempotency });
    assert.deepEqual([later.created, later.task.record.taskId], [false, first.task.record.taskId]);
    await next.close();
  });

  test('of creates at the same time with one key, one makes the task and all return it', async (_place, store) => {
    const blobs = [{ name: 'input', bytes: Buffer.from('x') }];
    const idempotency = { key: 'k', hash: 'h' };
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => store.create(sampleRecord(), { events: [], wakeAt: 0, idempotency, blobs })),
    );
    assert.equal(results.filter(({ created }) => created).length, 1);
    assert.equal(new Set(results.map(({ task }) => task.record.taskId)).size, 1);
    assert.equal((await store.list({ limit: 10 })).items.length, 1);
  });

  test('the same key with another hash is refused', async (_place, store) => {
    await store.create(sampleRecord(), { events: [], wakeAt: 0, idempotency: { key: 'k', hash: 'h' } });
    await assert.rejects(
      store.create(sampleRecord(), { events: [], wakeAt: 0, idempotency: { key: 'k', hash: 'other' } }),
      hasCode('AD_INPUT_IDEMPOTENCY_CONFLICT'),
    );
  });

  test('a second task of the same id is refused', async (_place, store) => {
    const record = sampleRecord();
    await store.create(record, { events: [], wakeAt: 0 });
    await assert.rejects(store.create(record, { events: [], wakeAt: 0 }), hasCode('AD_STORE_CONFLICT'));
  });

  test('a record over 256 KiB is refused', async (_place, store) => {
    const record = sampleRecord();
    record.input = { inline: 'x'.repeat(256 * 1024) };
    await assert.rejects(store.create(record, { events: [], wakeAt: 0 }), hasCode('AD_INPUT_TOO_LARGE'));
    assert.equal(await store.get(record.taskId), undefined);
  });
}

function changeCases(test: Case): void {
  test('a commit is read back, by this session and the next', async (place, store) => {
    const task = await createClaimed(store);
    const events = [{ type: 'status', from: 'queued', to: 'running' } as const];
    const committed = await commitOk(store, sampleChange(task, 'running', { events, wakeAt: 7 }));
    assert.deepEqual(
      [committed.rev, committed.fence, committed.lastSeq, committed.wakeAt, committed.record.status],
      [task.rev + 1, task.fence, 2, 7, 'running'],
    );
    assert.deepEqual(await store.get(task.record.taskId), committed);
    await store.close();
    const next = await place.open();
    const read = await next.get(task.record.taskId);
    assert.deepEqual([read?.record, read?.rev, read?.lastSeq], [committed.record, committed.rev, 2]);
    await next.close();
  });

  test('a commit on an older revision conflicts and changes nothing', async (_place, store) => {
    const task = await createClaimed(store);
    const committed = await commitOk(store, sampleChange(task, 'running'));
    const [result] = await store.commit([sampleChange(task, 'failed')]);
    assert(result?.status === 'conflict');
    assert.deepEqual(result.task, committed);
    assert.deepEqual(await store.get(task.record.taskId), committed);
  });

  test('a commit that has not seen the latest command conflicts', async (_place, store) => {
    const task = await createClaimed(store);
    await store.post(task.record.taskId, { commandId: 'c', kind: 'cancel', body: {} });
    const change = sampleChange(task, 'succeeded', { expect: { rev: task.rev, fence: task.fence, inbox: task.inbox } });
    const [result] = await store.commit([change]);
    assert(result?.status === 'conflict');
    assert.equal(result.task.inbox, 1);
    const seen = await commitOk(store, { ...change, expect: { ...change.expect, inbox: 1 }, consumed: 1 });
    assert.deepEqual([seen.record.status, seen.consumed, seen.commands], ['succeeded', 1, []]);
  });

  test('a commit with another fence, or without owning the task, is fenced', async (_place, store) => {
    const task = await createClaimed(store);
    const old = sampleChange(task, 'running', { expect: { rev: task.rev, fence: task.fence - 1 } });
    assert.deepEqual(await store.commit([old]), [{ status: 'fenced' }]);
    const released = await commitOk(store, sampleChange(task, 'running', { keep: false }));
    assert.equal(released.owner, undefined);
    assert.deepEqual(await store.commit([sampleChange(released, 'failed')]), [{ status: 'fenced' }]);
  });

  test('repeating the last commit returns its first result', async (_place, store) => {
    const task = await createClaimed(store);
    const change = sampleChange(task, 'running', { events: [{ type: 'attempt', attempt: 1 }] });
    const first = await commitOk(store, change);
    await store.post(task.record.taskId, { commandId: 'c', kind: 'message', body: {} });
    assert.deepEqual(await commitOk(store, change), first);
    assert.equal((await store.readEvents(task.record.taskId, 0, 10)).length, 2);
  });

  test('changes of one call are applied or refused one by one, in order', async (_place, store) => {
    const [a, b] = [await createClaimed(store), await createClaimed(store)];
    const results = await store.commit([
      sampleChange(a, 'running'),
      sampleChange(b, 'running', { expect: { rev: b.rev + 5, fence: b.fence } }),
      sampleChange(a, 'failed'),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['ok', 'conflict', 'conflict'],
    );
  });

  test('a task that is not there cannot be written, and nothing else of the call is', async (_place, store) => {
    const task = await createClaimed(store);
    const unknown = { ...sampleChange(task, 'running'), taskId: sampleRecord().taskId };
    await assert.rejects(store.commit([sampleChange(task, 'running'), unknown]), hasCode('AD_TASK_NOT_FOUND'));
    assert.equal((await store.get(task.record.taskId))?.record.status, 'queued');
  });

  test('an ended task is read back whole by the session after', async (place, store) => {
    const task = await createClaimed(store);
    const change = sampleChange(task, 'succeeded', {
      wakeAt: undefined,
      keep: false,
      events: [{ type: 'result' }],
    });
    const ended = await commitOk(store, change);
    await store.close();
    const next = await place.open();
    assert.deepEqual(await next.get(task.record.taskId), ended);
    assert.deepEqual(
      (await next.readEvents(task.record.taskId, 0, 10)).map(({ type }) => type),
      ['accepted', 'result'],
    );
    assert.equal(next.nextDue(), undefined);
    await next.close();
  });
}

function admissionCases(test: Case): void {
  const acquire = [{ key: 'account:dev', limit: 1 }];

  test('a full slot keeps a task out until its holder releases it', async (_place, store) => {
    const [a, b] = [await createClaimed(store), await createClaimed(store)];
    const holder = await commitOk(store, sampleChange(a, 'provisioning', { admission: { acquire } }));
    const [refused] = await store.commit([sampleChange(b, 'provisioning', { admission: { acquire } })]);
    assert.deepEqual(refused, { status: 'overLimit', key: 'account:dev' });
    assert.equal((await store.get(b.record.taskId))?.record.status, 'queued');
    await commitOk(store, sampleChange(holder, 'succeeded', { admission: { release: ['account:dev'] } }));
    await commitOk(store, sampleChange(b, 'provisioning', { admission: { acquire } }));
  });

  test('of those who leave a slot, the last one is refused, and may take it whole', async (_place, store) => {
    const [a, b] = [await createClaimed(store), await createClaimed(store)];
    const use = { acquire: [{ key: 'shared', limit: 2 }] };
    const leave = { admission: { leave: ['shared'] } };
    const first = await commitOk(store, sampleChange(a, 'running', { admission: use }));
    const second = await commitOk(store, sampleChange(b, 'running', { admission: use }));
    const [left, refused] = await store.commit([
      sampleChange(first, 'succeeded', leave),
      sampleChange(second, 'succeeded', leave),
    ]);
    assert.equal(left?.status, 'ok');
    assert.deepEqual(refused, { status: 'overLimit', key: 'shared' });
    const all = { acquire: [{ key: 'shared', limit: 2, amount: 2 }] };
    await commitOk(store, sampleChange(second, 'succeeded', { admission: all }));
  });

  test('a slot is held once however often it is acquired, and over a restart', async (place, store) => {
    const a = await createClaimed(store);
    const held = await commitOk(store, sampleChange(a, 'provisioning', { admission: { acquire } }));
    await commitOk(store, sampleChange(held, 'running', { admission: { acquire } }));
    await store.close();
    const next = await place.open();
    const claimed = await next.claim(10);
    const b = await createClaimed(next);
    assert.equal((await next.commit([sampleChange(b, 'running', { admission: { acquire } })]))[0]?.status, 'overLimit');
    assert(claimed[0]);
    await commitOk(next, sampleChange(claimed[0], 'running', { admission: { release: ['account:dev'] } }));
    await commitOk(next, sampleChange(b, 'running', { admission: { acquire } }));
    await next.close();
  });

  test('a slot has an amount, which is refused only where it is more than before', async (_place, store) => {
    const [a, b] = [await createClaimed(store), await createClaimed(store)];
    const take = (amount: number, limit = 10) => ({ admission: { acquire: [{ key: 'seconds', limit, amount }] } });
    const held = await commitOk(store, sampleChange(a, 'running', take(7)));
    assert.deepEqual(held.slots, [{ key: 'seconds', amount: 7 }]);
    assert.equal((await store.commit([sampleChange(b, 'running', take(4))]))[0]?.status, 'overLimit');
    const other = await commitOk(store, sampleChange(b, 'running', take(3)));
    assert.equal((await store.commit([sampleChange(held, 'running', take(8))]))[0]?.status, 'overLimit');
    await commitOk(store, sampleChange(held, 'running', take(6, 1)));
    await commitOk(store, sampleChange(other, 'running', take(4)));
  });

  test('a slot with an end counts until then, also of a task at rest and over a restart', async (place, store) => {
    const until = store.now() + 1000;
    const timed = { acquire: [{ key: 'starts', limit: 1, until }] };
    const a = await createClaimed(store);
    await commitOk(store, sampleChange(a, 'succeeded', { admission: timed, wakeAt: undefined, keep: false }));
    await store.close();
    const next = await place.open();
    const b = await createClaimed(next);
    const acquire = [{ key: 'starts', limit: 1 }];
    const [refused] = await next.commit([sampleChange(b, 'running', { admission: { acquire } })]);
    assert.deepEqual(refused, { status: 'overLimit', key: 'starts', retryAt: until });
    place.advance(1000);
    await commitOk(next, sampleChange(b, 'running', { admission: { acquire } }));
    await next.close();
  });

  test('of several slots all are taken or none', async (_place, store) => {
    const [a, b] = [await createClaimed(store), await createClaimed(store)];
    await commitOk(store, sampleChange(a, 'provisioning', { admission: { acquire: [{ key: 'second', limit: 1 }] } }));
    const both = [
      { key: 'first', limit: 1 },
      { key: 'second', limit: 1 },
    ];
    assert.deepEqual(await store.commit([sampleChange(b, 'provisioning', { admission: { acquire: both } })]), [
      { status: 'overLimit', key: 'second' },
    ]);
    await commitOk(store, sampleChange(b, 'provisioning', { admission: { acquire: [{ key: 'first', limit: 1 }] } }));
  });
}

function postCases(test: Case): void {
  test('commands are numbered in order, and the same id is stored once', async (place, store) => {
    const { taskId } = (await createClaimed(store)).record;
    const post = (commandId: string) => store.post(taskId, { commandId, kind: 'message', body: { text: commandId } });
    assert.deepEqual(await Promise.all([post('a'), post('b'), post('a')]), [{ inbox: 1 }, { inbox: 2 }, { inbox: 1 }]);
    await store.close();
    const next = await place.open();
    const task = await next.get(taskId);
    assert.deepEqual(
      task?.commands.map(({ commandId, inbox }) => [commandId, inbox]),
      [
        ['a', 1],
        ['b', 2],
      ],
    );
    assert.deepEqual(await next.post(taskId, { commandId: 'b', kind: 'message', body: {} }), { inbox: 2 });
    await next.close();
  });

  test('a command is known as repeated however many were read, so long as 200 came after it', async (_place, store) => {
    let task = await createClaimed(store);
    const { taskId } = task.record;
    const post = (number: number) => store.post(taskId, { commandId: `c${number}`, kind: 'message', body: {} });
    for (let number = 1; number <= 400; number++) {
      await post(number);
      if (number % 100 > 0) continue;
      task = await commitOk(store, sampleChange(task, 'running', { consumed: number }));
    }
    for (const number of [201, 300, 400]) assert.deepEqual(await post(number), { inbox: number });
  });

  test('a consumed command keeps its number', async (_place, store) => {
    const task = await createClaimed(store);
    const { taskId } = task.record;
    await store.post(taskId, { commandId: 'a', kind: 'message', body: {} });
    await commitOk(store, sampleChange(task, 'running', { consumed: 1 }));
    assert.deepEqual(await store.post(taskId, { commandId: 'a', kind: 'message', body: {} }), { inbox: 1 });
    assert.deepEqual((await store.get(taskId))?.commands, []);
  });

  test('a command to an ended task makes it claimable again', async (place, store) => {
    const task = await createClaimed(store);
    const { taskId } = task.record;
    await commitOk(store, sampleChange(task, 'succeeded', { wakeAt: undefined, keep: false }));
    await store.close();
    const next = await place.open();
    assert.deepEqual(await next.claim(10), []);
    await next.post(taskId, { commandId: 'late', kind: 'cancel', body: {} });
    const [claimed] = await next.claim(10);
    assert.deepEqual([claimed?.record.taskId, claimed?.fence], [taskId, task.fence + 1]);
    await next.close();
  });

  test('a command to a task that is not there is refused', async (_place, store) => {
    await assert.rejects(
      store.post(sampleRecord().taskId, { commandId: 'a', kind: 'cancel', body: {} }),
      hasCode('AD_TASK_NOT_FOUND'),
    );
  });
}

function eventCases(test: Case): void {
  test('events are numbered without gaps and read in pages, however many there are', async (place, store) => {
    let task = await createClaimed(store);
    const { taskId } = task.record;
    for (let round = 0; round < 30; round++) {
      const events = [1, 2, 3].map((part) => ({ type: 'progress' as const, message: `${round}.${part}` }));
      task = await commitOk(store, sampleChange(task, 'running', { events }));
    }
    const read = async (from: TaskStore): Promise<number[]> => {
      const seen: number[] = [];
      for (let page = await from.readEvents(taskId, 0, 7); page.length > 0;) {
        seen.push(...page.map(({ seq }) => seq));
        page = await from.readEvents(taskId, seen.at(-1) ?? 0, 7);
      }
      return seen;
    };
    const all = Array.from({ length: 91 }, (_, index) => index + 1);
    assert.deepEqual(await read(store), all);
    await store.close();
    const next = await place.open();
    assert.deepEqual(await read(next), all);
    assert.equal((await next.readEvents(taskId, 89, 10))[0]?.message, '29.2');
    assert.deepEqual(await next.readEvents(taskId, 500, 10), []);
    await next.close();
  });
}
