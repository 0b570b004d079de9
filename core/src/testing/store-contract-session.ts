// Contract: what a session that is lost or suspect may still do, for every method there is.
import assert from 'node:assert/strict';
import type { StoredTask, TaskStore } from '../store/index.js';
import { commitOk, createClaimed } from './store-contract-commit.js';
import { createDue, idsOf } from './store-contract-ownership.js';
import { sampleChange, sampleRecord } from './sample-task.js';
import type { Case } from './store-place.js';

type Method = Exclude<keyof TaskStore, 'open' | 'session' | 'installationId' | 'now' | 'close'>;

/** One call of each method, about a task of the session. */
const CALLS: Readonly<Record<Method, (store: TaskStore, task: StoredTask) => unknown>> = {
  create: (store) => store.create(sampleRecord(), { events: [], wakeAt: 0 }),
  commit: (store, task) => store.commit([sampleChange(task, 'failed', { events: [{ type: 'error' }] })]),
  post: (store, { record }) => store.post(record.taskId, { commandId: 'late', kind: 'cancel', body: {} }),
  claim: (store) => store.claim(10),
  takeover: (store) => store.takeover('another'),
  mine: (store) => store.mine(),
  nextDue: (store) => store.nextDue(),
  get: (store, { record }) => store.get(record.taskId),
  list: (store) => store.list({ limit: 10 }),
  readEvents: (store, { record }) => store.readEvents(record.taskId, 0, 10),
  watch: (store, { record }) => store.watch(record.taskId, () => undefined),
  appendLog: (store, { record, fence }) => store.appendLog(record.taskId, fence, 0, Buffer.from('late')),
  readLog: (store, { record }) => store.readLog(record.taskId, 0, 10),
  putBlob: (store, { record }) => store.putBlob(record.taskId, 'late', Buffer.from('late')),
  getBlob: (store, { record }) => store.getBlob(record.taskId, 'early', 0, 10),
  borrowBlob: (store, { record }) => store.borrowBlob(record.taskId, 'early'),
  handles: async (store) => {
    for await (const task of store.handles('dev')) assert(task);
  },
  purge: (store) => store.purge(store.now()),
};

/** The code of the error that a call ends with. */
async function codeOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

async function assertAllRefused(store: TaskStore, task: StoredTask): Promise<void> {
  assert.equal(store.session.state, 'lost');
  for (const [method, call] of Object.entries(CALLS)) {
    assert.equal(await codeOf(() => call(store, task)), 'AD_STORE_SESSION_LOST', `${method} of a lost session`);
  }
}

export function sessionCases(test: Case): void {
  test('a closed store refuses every method, and closing it again is no error', async (_place, store) => {
    const task = await createClaimed(store);
    await store.close();
    await assertAllRefused(store, task);
    await store.close();
  });

  test('a superseded session changes nothing of what its successor has, and refuses everything once it knows', async (place, store) => {
    const task = await createClaimed(store);
    const { taskId } = task.record;
    await store.appendLog(taskId, task.fence, 0, Buffer.from('before '));
    await createDue(store, store.now());
    await place.kill(store);

    const next = await place.open();
    await next.takeover(store.session.incarnation);
    const claimed = await next.claim(10);
    const taken = claimed.find(({ record }) => record.taskId === taskId);
    assert.equal(taken?.fence, task.fence + 1);
    await next.appendLog(taskId, taken.fence, 7, Buffer.from('after'));

    const late = () => store.appendLog(taskId, task.fence, 7, Buffer.from('LATE!'));
    const refusals = ['AD_STORE_SESSION_LOST', 'AD_STORE_FENCED'];
    assert(refusals.includes(String(await codeOf(late))), 'a late log append is refused');
    const calls: (() => Promise<unknown>)[] = [
      async () => (await store.commit([sampleChange(task, 'failed')]))[0]?.status === 'ok',
      async () => (await store.claim(10)).length > 0,
      async () => (await store.takeover(next.session.incarnation)) > 0,
    ];
    for (const call of calls) assert(!(await call().catch(() => false)), 'a superseded session has no effect');
    await assertAllRefused(store, task);

    assert.deepEqual(idsOf(next.mine()).sort(), idsOf(claimed).sort());
    const log = await next.readLog(taskId, 0, 100);
    assert.equal(Buffer.from(log.bytes).toString(), 'before after');
    assert.deepEqual(await next.get(taskId), taken);
    await commitOk(next, sampleChange(taken, 'succeeded'));
    await next.close();
  });
}

export function suspectCases(test: Case): void {
  test('a suspect session reads, and commits what its fence allows, but claims nothing', async (place, store) => {
    const task = await createClaimed(store);
    const due = await createDue(store, store.now());
    const confirm = await place.suspect?.(store);
    assert(confirm);
    assert.equal(store.session.state, 'suspect');
    assert.deepEqual(await store.get(task.record.taskId), task);
    assert.equal((await store.list({ limit: 10 })).items.length, 2);
    assert.deepEqual(await store.claim(10), []);
    const stale = sampleChange(task, 'failed', { expect: { rev: task.rev, fence: task.fence - 1 } });
    const outcome = await outcomeOf(store.commit([stale]));
    assert.notEqual(outcome, 'ok');
    const written = await outcomeOf(store.commit([sampleChange(task, 'running')]));
    assert(written === 'ok' || written === 'AD_STORE_UNAVAILABLE', `a commit while suspect ends ${String(written)}`);

    await confirm();
    assert.equal(store.session.state, 'held');
    assert.deepEqual(idsOf(store.mine()), [task.record.taskId]);
    const status = (await store.get(task.record.taskId))?.record.status;
    assert.equal(status, written === 'ok' ? 'running' : 'queued');
    assert.deepEqual(idsOf(await store.claim(10)), [due]);
  });

  test('a suspect session that was superseded is lost, whatever is confirmed', async (place, store) => {
    const task = await createClaimed(store);
    const confirm = await place.suspect?.(store);
    assert(confirm);
    await place.kill(store);
    const next = await place.open();
    await next.takeover(store.session.incarnation);
    const [taken] = await next.claim(10);
    assert.equal(taken?.fence, task.fence + 1);
    assert.notEqual(await outcomeOf(store.commit([sampleChange(task, 'failed')])), 'ok');
    await confirm();
    await assertAllRefused(store, task);
    assert.deepEqual(await next.get(task.record.taskId), taken);
    await next.close();
  });
}

const outcomeOf = (committing: ReturnType<TaskStore['commit']>): Promise<unknown> =>
  committing.then(
    ([result]) => result?.status,
    (error: unknown) => (error as { code?: unknown }).code,
  );
