// A process to be killed: creates and commits tasks in the directory given, and prints what was acknowledged.
import { randomUUID } from 'node:crypto';
import type { TaskStatus } from '@agent-dispatch/schemas';
import { sampleChange, sampleRecord } from '../../testing/sample-task.js';
import { LocalStore } from '../local-store.js';
import type { Change, StoredTask } from '../task-store.js';

const [, , stateDir = ''] = process.argv;
const store = new LocalStore({
  stateDir,
  clock: { now: () => Date.now() },
  segmentBytes: 20_000,
  checkpointBytes: 40_000,
});
await store.open();

/** Under an id that no process before this one used: a repeated one would change nothing. */
async function commit(task: StoredTask, status: TaskStatus, rest: Partial<Change>): Promise<StoredTask> {
  const [result] = await store.commit([sampleChange(task, status, { ...rest, commitId: randomUUID() })]);
  if (result?.status !== 'ok') throw new Error(`the commit ends ${String(result?.status)}`);
  process.stdout.write(`${task.record.taskId} ${status}\n`);
  return result.task;
}

async function oneTask(): Promise<void> {
  const record = sampleRecord({ createdAt: Date.now() });
  await store.create(record, { events: [{ type: 'accepted' }], wakeAt: 0 });
  process.stdout.write(`${record.taskId} queued\n`);
  for (const task of await store.claim(1)) {
    const running = await commit(task, 'running', { events: [{ type: 'attempt' }] });
    await commit(running, 'succeeded', { wakeAt: undefined, keep: false });
  }
}

const lane = async (): Promise<never> => {
  for (;;) await oneTask();
};
await Promise.all([lane(), lane(), lane(), lane()]);
