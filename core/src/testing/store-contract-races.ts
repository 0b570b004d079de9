// Contract: what is decided when several things happen to one task at once, or happen twice.
import assert from 'node:assert/strict';
import type { CommitResult, StoredTask, TaskStore } from '../store/index.js';
import { commitOk, createClaimed } from './store-contract-commit.js';
import { sampleChange } from './sample-task.js';
import type { Case } from './store-place.js';

const CANCEL = { commandId: 'cancel', kind: 'cancel', body: {} } as const;

/** The end of a task as its owner commits it: only if it has seen every command. */
const ending = (task: StoredTask): ReturnType<typeof sampleChange> =>
  sampleChange(task, 'succeeded', {
    expect: { rev: task.rev, fence: task.fence, inbox: task.inbox },
    wakeAt: undefined,
    keep: false,
  });

export function raceCases(test: Case): void {
  cancelCases(test);
  repetitionCases(test);
  sequenceCases(test);
}

function cancelCases(test: Case): void {
  test('a cancel before the terminal commit makes it conflict', async (_place, store) => {
    const task = await createClaimed(store);
    await store.post(task.record.taskId, CANCEL);
    const [result] = await store.commit([ending(task)]);
    assert.equal(result?.status, 'conflict');
    assert.equal((await store.get(task.record.taskId))?.record.status, 'queued');
  });

  test('a cancel after the terminal commit is kept for whoever claims next; the end stands', async (place, store) => {
    const task = await createClaimed(store);
    const { taskId } = task.record;
    await commitOk(store, ending(task));
    assert.deepEqual(await store.post(taskId, CANCEL), { inbox: 1 });
    await store.close();
    const next = await place.open();
    const [again] = await next.claim(10);
    assert.deepEqual([again?.record.status, again?.inbox, again?.commands.length], ['succeeded', 1, 1]);
    await next.close();
  });

  const orders = {
    'cancel first': async (store: TaskStore, task: StoredTask) => {
      const posted = store.post(task.record.taskId, CANCEL);
      const committed = store.commit([ending(task)]);
      await posted;
      return committed;
    },
    'commit first': async (store: TaskStore, task: StoredTask) => {
      const committed = store.commit([ending(task)]);
      await store.post(task.record.taskId, CANCEL);
      return committed;
    },
  };
  for (const [order, race] of Object.entries(orders)) {
    test(`of a cancel and a terminal commit at once (${order}) each sees the other or comes before it`, async (place, store) => {
      const task = await createClaimed(store);
      const [result] = await race(store, task);
      assert(result?.status === 'ok' || result?.status === 'conflict', `the commit ends ${result?.status}`);
      const expected = result.status === 'ok' ? 'succeeded' : 'queued';
      await store.close();
      const next = await place.open();
      const found = await next.get(task.record.taskId);
      assert.deepEqual([found?.record.status, found?.inbox, found?.commands.length], [expected, 1, 1]);
      await next.close();
    });
  }
}

function repetitionCases(test: Case): void {
  test('a commit whose answer was lost is told again by the next session, and not done again', async (place, store) => {
    const task = await createClaimed(store);
    const change = sampleChange(task, 'running', { events: [{ type: 'attempt', attempt: 1 }] });
    const first = await commitOk(store, change);
    await store.close();
    const next = await place.open();
    const [again] = await next.claim(10);
    assert.equal(again?.rev, first.rev);
    assert.deepEqual(await commitOk(next, change), first);
    assert.deepEqual(await next.get(task.record.taskId), again);
    assert.equal((await next.readEvents(task.record.taskId, 0, 10)).length, 2);
    await next.close();
  });

  test('an end whose answer was lost is told again, also when the task has left memory', async (place, store) => {
    const task = await createClaimed(store);
    const change = ending(task);
    const first = await commitOk(store, change);
    await store.close();
    const next = await place.open();
    assert.deepEqual(await commitOk(next, change), first);
    assert.deepEqual(await next.claim(10), []);
    await next.close();
  });

  test('a commit before the last is not taken for a repetition', async (_place, store) => {
    const task = await createClaimed(store);
    const change = sampleChange(task, 'provisioning');
    const second = await commitOk(store, change);
    await commitOk(store, sampleChange(second, 'running'));
    const [result] = await store.commit([change]);
    assert.equal(result?.status, 'conflict');
    assert.equal((await store.get(task.record.taskId))?.record.status, 'running');
  });
}

function sequenceCases(test: Case): void {
  test('of commits at once on one revision, one is applied', async (_place, store) => {
    const task = await createClaimed(store);
    const events = [{ type: 'progress' as const }];
    const results = await Promise.all(
      ['provisioning', 'starting', 'running'].map((status) =>
        store.commit([sampleChange(task, status as 'running', { events })]),
      ),
    );
    const statuses = results.flat().map(({ status }) => status);
    assert.deepEqual(statuses.sort(), ['conflict', 'conflict', 'ok']);
    assert.equal((await store.readEvents(task.record.taskId, 0, 10)).length, 2);
  });

  test('events stay without gaps when many commit and post at once', async (place, store) => {
    const tasks = [await createClaimed(store), await createClaimed(store), await createClaimed(store)];
    const rounds = 20;
    const lane = async (taskId: string, name: string): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        await store.post(taskId, { commandId: `${name}${round}`, kind: 'message', body: {} });
        await untilOk(store, taskId, `${name}${round}`);
      }
    };
    await Promise.all(tasks.flatMap(({ record }) => ['a', 'b'].map((name) => lane(record.taskId, name))));
    await store.close();
    const next = await place.open();
    for (const { record } of tasks) {
      const events = await next.readEvents(record.taskId, 0, 1000);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        Array.from({ length: 1 + 2 * rounds }, (_, index) => index + 1),
      );
      assert.equal(new Set(events.map(({ message }) => message)).size, 1 + 2 * rounds);
      assert.equal((await next.get(record.taskId))?.inbox, 2 * rounds);
    }
    await next.close();
  });

  test('a follower that misses hints has every event once, in order, when it reads again', async (_place, store) => {
    let task = await createClaimed(store);
    const { taskId } = task.record;
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      const events = await store.readEvents(taskId, seen.at(-1) ?? 0, 3);
      seen.push(...events.map(({ seq }) => seq));
      if (events.length === 3) await read();
    };
    for (let round = 1; round <= 12; round++) {
      const hears = round % 3 === 0;
      let stop = (): void => undefined;
      const hint = new Promise<string>((resolve) => (stop = store.watch(taskId, resolve)));
      task = await commitOk(store, sampleChange(task, 'running', { events: [{ type: 'progress' }] }));
      if (hears) {
        await hint;
        await read();
        assert.equal(seen.at(-1), task.lastSeq, 'what a hint is about can be read');
      }
      stop();
    }
    await commitOk(store, sampleChange(task, 'running', { events: [{ type: 'progress' }] }));
    await read();
    assert.deepEqual(
      seen,
      Array.from({ length: 14 }, (_, index) => index + 1),
    );
  });
}

/** Commits on the latest state, as often as others were faster. */
async function untilOk(store: TaskStore, taskId: string, message: string): Promise<void> {
  for (let result: CommitResult | undefined; result?.status !== 'ok';) {
    const task = await store.get(taskId);
    assert(task);
    [result] = await store.commit([sampleChange(task, 'running', { events: [{ type: 'progress', message }] })]);
    assert(result?.status === 'ok' || result?.status === 'conflict', `the commit ends ${result?.status}`);
  }
}
