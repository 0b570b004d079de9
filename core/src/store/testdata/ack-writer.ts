// A process to be killed: creates and commits tasks in the directory given, and prints what was acknowledged.
import { sampleChange, sampleRecord } from '../../testing/sample-task.js';
import { LocalStore } from '../local-store.js';

const [, , stateDir = ''] = process.argv;
const store = new LocalStore({
  stateDir,
  clock: { now: () => Date.now() },
  segmentBytes: 20_000,
  checkpointBytes: 40_000,
});
await store.open();

async function oneTask(): Promise<void> {
  const record = sampleRecord({ createdAt: Date.now() });
  await store.create(record, { events: [{ type: 'accepted' }], wakeAt: 0 });
  process.stdout.write(`${record.taskId} queued\n`);
  for (const task of await store.claim(1)) {
    const { taskId } = task.record;
    const [running] = await store.commit([sampleChange(task, 'running', { events: [{ type: 'attempt' }] })]);
    if (running?.status !== 'ok') throw new Error(`the commit ends ${running?.status}`);
    process.stdout.write(`${taskId} running\n`);
    await store.commit([sampleChange(running.task, 'succeeded', { wakeAt: undefined, keep: false })]);
    process.stdout.write(`${taskId} succeeded\n`);
  }
}

const lane = async (): Promise<never> => {
  for (;;) await oneTask();
};
await Promise.all([lane(), lane(), lane(), lane()]);
