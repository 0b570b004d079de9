// Stopping a run: nothing of it is left, whoever asked.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import { readProcess } from './processes/process-identity.js';
import { ended, newTask, said, TestWorker } from './testdata/test-worker.js';

let worker: TestWorker;
beforeEach(async () => {
  worker = await TestWorker.start();
});
afterEach(() => worker.remove());

/** Prints the ids of two descendants that would go on for long: one of the group, one that left it. */
const FAMILY = 'sleep 1000 & echo $!; setsid sleep 1000 & echo $!; wait';

async function startFamily(part = {}): Promise<{ invocationId: string; pids: number[] }> {
  const task = newTask({ framework: 'shell', instruction: FAMILY, artifacts: ['left'], ...part });
  await worker.start(task);
  const seen: WorkerEvent[] = [];
  for await (const event of worker.follow(task.invocationId)) {
    seen.push(event);
    if (said(seen).split('\n').length > 2) break;
  }
  return { invocationId: task.invocationId, pids: said(seen).trim().split('\n').map(Number) };
}

const living = async (pids: readonly number[]): Promise<number> =>
  (await Promise.all(pids.map((pid) => readProcess(pid)))).filter(Boolean).length;

async function endOf(invocationId: string): Promise<WorkerEvent | undefined> {
  const events: WorkerEvent[] = [];
  for await (const event of worker.follow(invocationId)) events.push(event);
  return ended(events);
}

describe('cancel', () => {
  it('ends the agent and all its descendants, answers when none is left, and may be repeated', async () => {
    const { invocationId, pids } = await startFamily();
    expect(await living(pids)).toBe(2);
    const cancel = { agentdispatch: 'cancel', invocationId, reason: 'no longer needed' } as const;
    const answers = await Promise.all([worker.call(cancel), worker.call(cancel)]);
    expect(await living(pids)).toBe(0);
    expect(answers.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    expect(await endOf(invocationId)).toMatchObject({ outcome: 'cancelled', result: { text: `${pids.join('\n')}\n` } });
    expect(await worker.call(cancel)).toMatchObject({ state: 'cancelled' });
    expect(await worker.ping()).toMatchObject({ status: 'Healthy' });
  });

  it('of a run that has ended changes nothing', async () => {
    const task = newTask({ framework: 'shell', instruction: 'true' });
    await worker.run(task);
    const answer = await worker.call({ agentdispatch: 'cancel', invocationId: task.invocationId });
    expect(answer).toMatchObject({ state: 'succeeded' });
  });

  it('right after the start leaves nothing at work', async () => {
    const task = newTask({ framework: 'shell', instruction: 'sleep 1000' });
    const start = worker.start(task);
    const answers = [await start, await worker.call({ agentdispatch: 'cancel', invocationId: task.invocationId })];
    expect(answers.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(await endOf(task.invocationId)).toMatchObject({ outcome: 'cancelled' });
  });
});

it('a deadline that passes fails the run and ends all of it', async () => {
  const { invocationId, pids } = await startFamily({ deadlineAt: Date.now() + 1_500 });
  expect(await endOf(invocationId)).toMatchObject({ outcome: 'failed', error: { code: 'DEADLINE' } });
  expect(await living(pids)).toBe(0);
});

it('a deadline that has passed before the start begins nothing', async () => {
  const task = newTask({ framework: 'shell', instruction: 'echo ran', deadlineAt: Date.now() - 1 });
  const events = await worker.run(task);
  expect([said(events), ended(events)?.error?.code]).toEqual(['', 'DEADLINE']);
});

it('an agent that ends leaves no descendants behind', async () => {
  const task = newTask({ framework: 'shell', instruction: 'setsid sleep 1000 >/dev/null 2>&1 & echo $!' });
  const events = await worker.run(task);
  expect(ended(events)).toMatchObject({ outcome: 'succeeded' });
  expect(await living([Number(said(events))])).toBe(0);
});

it('a worker that is stopped fails its runs, ends all of them, and tells it to those who follow', async () => {
  const { invocationId, pids } = await startFamily();
  const end = endOf(invocationId);
  await worker.stop();
  expect(await end).toMatchObject({ outcome: 'failed', error: { code: 'WORKER_STOPPED' } });
  expect(await living(pids)).toBe(0);
});
