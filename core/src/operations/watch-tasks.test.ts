// What a front door hears that tells its clients of changes.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WatchTasksInput, WatchTasksOutput } from '@agent-dispatch/schemas';
import { Feed } from '../engine/testdata/scripted-driver.js';
import { settle } from '../testing/simulated-clock.js';
import { Desk, fitting } from './testdata/control-plane.js';

let desk: Desk;
let feed: Feed;

beforeEach(async () => {
  desk = await Desk.open();
  feed = new Feed();
  desk.host.driver.starting = feed.follow;
});
afterEach(() => desk.controlPlane.close());

async function running(): Promise<string> {
  const { task_id } = await desk.spawn();
  await desk.host.until(task_id, 'starting');
  await settle();
  return task_id;
}

const watch = async (input: WatchTasksInput, signal?: AbortSignal): Promise<WatchTasksOutput> =>
  fitting('WatchTasksOutput', await desk.controlPlane.watch(input, signal && { signal }));

async function seenOf(task_id: string): Promise<{ task_id: string; seen: string }> {
  const [task] = (await watch({ tasks: [{ task_id }] })).tasks;
  if (task?.seen === undefined) throw new Error(`no task ${task_id}`);
  return { task_id, seen: task.seen };
}

describe('a watch', () => {
  it('of a task that was never seen answers at once, without news', async () => {
    const task_id = await running();
    expect(await watch({ tasks: [{ task_id }] })).toEqual({
      tasks: [{ task_id, seen: expect.any(String), changed: [] }],
      timed_out: false,
    });
  });

  it('waits until the task prints something, and says that only its log is new', async () => {
    const taskId = await running();
    feed.push({ type: 'log', stream: 'stdout', text: 'hello\n' });
    await desk.host.until(taskId, 'running');
    await desk.host.clock.advance(1_000);
    const task = await seenOf(taskId);
    let over = false;
    const answer = watch({ tasks: [task] }).finally(() => (over = true));
    await settle();
    expect(over).toBe(false);
    feed.push({ type: 'log', stream: 'stdout', text: 'again\n' });
    await desk.host.clock.advance(1_000);
    const { tasks } = await answer;
    expect(tasks).toEqual([{ task_id: taskId, seen: expect.any(String), changed: ['log'] }]);
  });

  it('tells of an end that came before it was asked', async () => {
    const task = await seenOf(await running());
    feed.push({ type: 'ended', outcome: 'succeeded' });
    await desk.host.until(task.task_id, 'succeeded');
    const { tasks } = await watch({ tasks: [task] });
    expect(tasks[0]?.changed).toEqual(expect.arrayContaining(['status', 'events']));
  });

  it('of several tells of those that changed', async () => {
    const [first, second] = [await seenOf(await running()), await seenOf(await running())];
    const answer = watch({ tasks: [first, second] });
    await desk.controlPlane.cancel({ task_id: second.task_id });
    expect((await answer).tasks.map(({ task_id }) => task_id)).toEqual([second.task_id]);
  });

  it('ends without news when the time is over or its caller gives up', async () => {
    const task = await seenOf(await running());
    const timed = watch({ tasks: [task], timeout_seconds: 7 });
    await desk.host.clock.advance(7_000);
    expect(await timed).toEqual({ tasks: [], timed_out: true });
    const giveUp = new AbortController();
    const given = watch({ tasks: [task] }, giveUp.signal);
    await settle();
    giveUp.abort();
    expect(await given).toEqual({ tasks: [], timed_out: true });
  });

  it('says of a task that is not there only that', async () => {
    expect((await watch({ tasks: [{ task_id: 'task_nope', seen: 'running.1.0' }] })).tasks).toEqual([
      { task_id: 'task_nope', changed: [] },
    ]);
  });

  it('refuses arguments that are none', async () => {
    await expect(desk.controlPlane.watch({ tasks: [] })).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });
});
