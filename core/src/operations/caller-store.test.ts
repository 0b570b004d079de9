import { expect, it } from '@jest/globals';
import { Host } from '../engine/testdata/host.js';
import { sampleRecord } from '../testing/sample-task.js';
import { CallerStore } from './caller-store.js';

it('tells a subject of changes of what it has found, and of nothing else', async () => {
  const host = new Host();
  await host.store.open();
  const create = async (subject: string): Promise<string> =>
    (await host.store.create(sampleRecord({ subject }), { events: [], wakeAt: 0 })).task.record.taskId;
  const [own, found, other] = [await create('alice'), await create('alice'), await create('bob')];
  const store = new CallerStore(host.store, { subject: 'alice' });
  const told: string[] = [];
  const stops = [own, found, other, '*'].map((taskId) => store.watch(taskId, (changed) => told.push(changed)));
  expect((await store.get(found))?.record.taskId).toBe(found);
  expect(await store.get(other)).toBeUndefined();
  for (const taskId of [own, found, other]) await host.cancel(taskId);
  await host.eventually(() => told.length > 0);
  expect(new Set(told)).toEqual(new Set([found]));
  for (const stop of stops) stop();
  await host.store.close();
});

it.each(['readLog', 'readEvents', 'getBlob', 'post'] as const)(
  "refuses %s of another's task as of none",
  async (name) => {
    const host = new Host();
    await host.store.open();
    const { task } = await host.store.create(sampleRecord({ subject: 'bob' }), { events: [], wakeAt: 0 });
    const { taskId } = task.record;
    const store = new CallerStore(host.store, { subject: 'alice' });
    const command = { commandId: 'c', kind: 'cancel', body: {} } as const;
    const ask = {
      readLog: () => store.readLog(taskId, 0, 1),
      readEvents: () => store.readEvents(taskId, 0, 1),
      getBlob: () => store.getBlob(taskId, 'a', 0, 1),
      post: () => store.post(taskId, command),
    };
    await expect(ask[name]()).rejects.toMatchObject({ code: 'AD_TASK_NOT_FOUND' });
    expect((await host.store.get(taskId))?.inbox).toBe(0);
    await host.store.close();
  },
);

it("leaves another's tasks out of the ledger", async () => {
  const host = new Host();
  await host.store.open();
  const resource = { id: 'r', kind: 'box', scope: 'attempt' } as const;
  for (const subject of ['alice', 'bob']) {
    const record = sampleRecord({ subject, resources: [{ resource, attempt: 1, state: 'planned' }] });
    await host.store.create(record, { events: [], wakeAt: 0 });
  }
  const store = new CallerStore(host.store, { subject: 'alice' });
  const found: (string | undefined)[] = [];
  for await (const { record } of store.handles('dev')) found.push(record.subject);
  expect(found).toEqual(['alice']);
  await host.store.close();
});
