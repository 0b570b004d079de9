// Contract: the process dies at any write. One life is told again and again, each time with an earlier or later death.
import assert from 'node:assert/strict';
import type { StoredTask, TaskStore } from '../store/index.js';
import { sampleChange, sampleRecord } from './sample-task.js';
import type { MortalStore, StoreContractOptions } from './store-place.js';
import { StoreWitness } from './store-witness.js';

/** The deaths are shared out among so many cases, so that none takes long. */
const CASES = 10;
/** More changes than any store needs for that life: a place that never stops dying is no place. */
const MOST_WRITES = 5000;

export function crashCases({ test, createPlace }: StoreContractOptions): void {
  for (let first = 1; first <= CASES; first++) {
    test(`a crash at write ${first}, ${first + CASES} and so on loses nothing acknowledged and leaves nothing by half`, async () => {
      let write = first;
      while (await diesAt(createPlace, write)) {
        write += CASES;
        assert(write < MOST_WRITES, 'a life comes to its end');
      }
      assert(write > CASES, 'a store that keeps what it is given writes more often');
    });
  }
}

/** Whether the store died before its life was over. */
async function diesAt(createPlace: StoreContractOptions['createPlace'], write: number): Promise<boolean> {
  const place = await createPlace();
  try {
    const mortal = place.mortal?.(write);
    assert(mortal);
    const witness = await liveAndDie(mortal);
    const next = await place.open();
    if (witness) await witness.check(next);
    await goesOn(next);
    await next.close();
    return mortal.died();
  } finally {
    await place.dispose();
  }
}

/** undefined: not even opened. */
async function liveAndDie(mortal: MortalStore): Promise<StoreWitness | undefined> {
  let witness: StoreWitness | undefined;
  try {
    const store = await mortal.open();
    witness = new StoreWitness(store);
    await live(witness);
    await store.close();
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    assert(mortal.died(), `it ends before its death: ${String(error)}`);
    const { code } = error as { code?: unknown };
    assert(['AD_STORE_UNAVAILABLE', 'AD_STORE_SESSION_LOST'].includes(String(code)), `it dies with ${String(code)}`);
  }
  return witness;
}

/** All that can be done to tasks, from accepted to purged. */
async function live(witness: StoreWitness): Promise<void> {
  const events = (message: string) => [{ type: 'progress' as const, message }];
  const [a, b] = [sampleRecord({ createdAt: 1_700_000_000_000 }), sampleRecord({ createdAt: 1_700_000_000_001 })];
  const blobs = [{ name: 'input', bytes: Buffer.from('the input') }];
  await witness.create(a, { events: events('accepted'), wakeAt: 0, idempotency: { key: 'k', hash: 'h' }, blobs });
  await witness.create(b, { events: events('accepted'), wakeAt: 0 });
  let [first, second] = await witness.claim(10);
  assert(first && second);
  const admission = { acquire: [{ key: 'slot', limit: 2 }] };
  [first, second] = await commitAll(witness, [
    sampleChange(first, 'running', { events: events('one'), admission }),
    sampleChange(second, 'running', { events: events('two'), admission }),
  ]);
  assert(first && second);
  await Promise.all([witness.post(a.taskId, 'm1'), witness.post(b.taskId, 'm2'), witness.post(a.taskId, 'm3')]);
  [first] = await commitAll(witness, [sampleChange(first, 'running', { consumed: 2, events: events('read') })]);
  assert(first);
  await witness.putBlob(a.taskId, 'result', 'a first result');
  await witness.putBlob(a.taskId, 'result', 'the result');
  await commitAll(witness, [ending(first, 10), ending(second, 20, { consumed: 1 })]);
  await witness.post(a.taskId, 'late', 'cancel');
  const [revived] = await witness.claim(10);
  assert.equal(revived?.record.taskId, a.taskId);
  await commitAll(witness, [{ ...ending(revived, 10), consumed: 3 }]);
  await witness.purge(15);
}

const ending = (task: StoredTask, endedAt: number, rest: object = {}): ReturnType<typeof sampleChange> => ({
  ...sampleChange(task, 'succeeded', {
    wakeAt: undefined,
    keep: false,
    events: [{ type: 'result', message: 'the end' }],
    admission: { release: ['slot'] },
    ...rest,
  }),
  record: { ...task.record, status: 'succeeded', endedAt },
});

async function commitAll(witness: StoreWitness, changes: Parameters<StoreWitness['commit']>[0]): Promise<StoredTask[]> {
  const results = await witness.commit(changes);
  return results.map((result) => {
    assert(result.status === 'ok', `the commit ends ${result.status}`);
    return result.task;
  });
}

/** What was open can be claimed, and a new task runs to its end. */
async function goesOn(store: TaskStore): Promise<void> {
  const open = (await store.list({ limit: 100, statuses: ['queued', 'running'] })).items;
  const claimed = await store.claim(100);
  for (const { record } of open) {
    assert(
      claimed.some(({ record: { taskId } }) => taskId === record.taskId),
      `open task ${record.taskId} is claimed`,
    );
  }
  const witness = new StoreWitness(store);
  await witness.create(sampleRecord(), { events: [], wakeAt: 0 });
  const [task] = await witness.claim(1);
  assert(task);
  await commitAll(witness, [ending(task, 30)]);
}
