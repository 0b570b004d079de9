// wait_task: what ends a wait, and what its answer brings.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WaitTaskInput, WaitTaskOutput } from '@agent-dispatch/schemas';
import { events, Feed } from '../engine/testdata/scripted-driver.js';
import { settle } from '../testing/simulated-clock.js';
import { eventCursor } from './cursors.js';
import { Desk, fitting } from './testdata/control-plane.js';

const done = (result?: unknown): unknown => ({
  type: 'ended',
  outcome: 'succeeded',
  ...(result !== undefined && { result }),
});
const question = { type: 'input_required', request: { requestId: 'q1', question: 'Which branch?' } };

let desk: Desk;
let feeds: Feed[];

beforeEach(async () => {
  desk = await Desk.open();
  feeds = [];
  desk.host.driver.starting = (handle, context) => {
    const feed = new Feed();
    feeds.push(feed);
    return feed.follow(handle, context);
  };
});
afterEach(() => desk.controlPlane.close());

async function spawnTwo(): Promise<[string, string]> {
  const first = await desk.spawn();
  await desk.host.until(first.task_id, 'starting');
  const second = await desk.spawn();
  await desk.host.until(second.task_id, 'starting');
  return [first.task_id, second.task_id];
}

/** A wait that is under way. */
function wait(input: WaitTaskInput, signal?: AbortSignal): { answer: Promise<WaitTaskOutput>; over: () => boolean } {
  let isOver = false;
  const answer = desk.controlPlane.wait(input, signal && { signal }).finally(() => (isOver = true));
  return { answer: answer.then((output) => fitting('WaitTaskOutput', output)), over: () => isOver };
}

describe('a wait', () => {
  it('for all ends when the last has ended, and brings every result', async () => {
    const task_ids = await spawnTwo();
    const waiting = wait({ task_ids });
    feeds[0]?.push(done({ text: 'one' }));
    await desk.host.until(task_ids[0], 'succeeded');
    expect(waiting.over()).toBe(false);
    feeds[1]?.push(done({ json: { two: 2 } }));
    const { done: ended, pending, timed_out } = await waiting.answer;
    expect(ended.map(({ result }) => result)).toEqual(['one', { two: 2 }]);
    expect([pending, timed_out]).toEqual([[], false]);
  });

  it('for any ends with the first, and says how to wait for the rest', async () => {
    const task_ids = await spawnTwo();
    const waiting = wait({ task_ids, mode: 'any', timeout_seconds: 30 });
    feeds[1]?.push(done({ text: 'two' }));
    const { done: ended, pending, next, cursor } = await waiting.answer;
    expect(ended.map(({ task_id }) => task_id)).toEqual([task_ids[1]]);
    expect(pending.map(({ task_id }) => task_id)).toEqual([task_ids[0]]);
    expect(next).toMatchObject({
      tool: 'wait_task',
      arguments: { task_ids: [task_ids[0]], mode: 'any', timeout_seconds: 30, cursor },
    });
    fitting('WaitTaskInput', next?.arguments);
  });

  it('for all ends early when one of them asks', async () => {
    const task_ids = await spawnTwo();
    const waiting = wait({ task_ids });
    feeds[0]?.push(question);
    const { attention, pending } = await waiting.answer;
    expect(attention[0]).toMatchObject({
      task_id: task_ids[0],
      input_requests: [{ request_id: 'q1', question: 'Which branch?' }],
    });
    expect(pending.map(({ task_id }) => task_id)).toEqual([task_ids[1]]);
  });

  it('ends after its time, and the tasks go on', async () => {
    const task_ids = await spawnTwo();
    const waiting = wait({ task_ids, timeout_seconds: 20 });
    await desk.host.clock.advance(19_000);
    expect(waiting.over()).toBe(false);
    await desk.host.clock.advance(1000);
    const { timed_out, pending } = await waiting.answer;
    expect([timed_out, pending.length]).toEqual([true, 2]);
    expect((await desk.host.record(task_ids[0])).status).toBe('starting');
  });

  it('of no seconds is one look', async () => {
    const task_ids = await spawnTwo();
    expect(await wait({ task_ids, timeout_seconds: 0 }).answer).toMatchObject({ timed_out: true });
  });

  it('ends when its caller gives it up; the tasks go on', async () => {
    const task_ids = await spawnTwo();
    const caller = new AbortController();
    const waiting = wait({ task_ids }, caller.signal);
    await settle();
    caller.abort();
    expect((await waiting.answer).timed_out).toBe(true);
    expect((await desk.host.record(task_ids[0])).status).toBe('starting');
  });

  it('tells what it has come to, each thing once, and nothing more when it is over', async () => {
    const [first] = await spawnTwo();
    const told: string[] = [];
    const answer = desk.controlPlane.wait({ task_ids: [first] }, { progress: (message) => told.push(message) });
    await settle();
    feeds[0]?.push({ type: 'progress', message: 'half way', fraction: 0.5 });
    await desk.host.until(first, 'running');
    await settle();
    feeds[0]?.push(done());
    await answer;
    expect(told[0]).toBe('starting');
    expect(told.at(-1)).toBe('running 50%: half way');
  });

  it('sees at its end what no hint told it', async () => {
    const [first] = await spawnTwo();
    desk.host.store.watch = () => () => undefined;
    const waiting = wait({ task_ids: [first], timeout_seconds: 3 });
    await settle();
    feeds[0]?.push(done({ text: 'one' }));
    await desk.host.until(first, 'succeeded');
    await desk.host.clock.advance(3_000);
    const { done: ended, timed_out } = await waiting.answer;
    expect([ended.map(({ result }) => result), timed_out]).toEqual([['one'], false]);
  });

  it('reads each of its tasks once where nothing changes', async () => {
    const [first, second] = await spawnTwo();
    feeds[0]?.push(done({ text: 'one' }));
    await desk.host.until(first, 'succeeded');
    const { store } = desk.host;
    const get = store.get.bind(store);
    const read: string[] = [];
    store.get = (taskId) => (read.push(taskId), get(taskId));
    await wait({ task_ids: [first, second], mode: 'any' }).answer;
    expect(read).toEqual([first, second]);
    const waiting = wait({ task_ids: [second] });
    await settle();
    expect([read, waiting.over()]).toEqual([[first, second, second], false]);
    feeds[1]?.push(done());
    await waiting.answer;
  });

  it('does not sleep through what happens while it reads', async () => {
    const [first] = await spawnTwo();
    const { store } = desk.host;
    const get = store.get.bind(store);
    store.get = async (taskId) => {
      const before = await get(taskId);
      store.get = get;
      feeds[0]?.push(done({ text: 'one' }));
      await desk.host.until(first, 'succeeded');
      return before;
    };
    expect((await wait({ task_ids: [first] }).answer).done).toMatchObject([{ result: 'one' }]);
  });

  it('named the same task twice shows it once', async () => {
    const [first] = await spawnTwo();
    feeds[0]?.push(done());
    expect((await wait({ task_ids: [first, first] }).answer).done).toHaveLength(1);
  });
});

describe('the events of a wait', () => {
  const seqs = (answer: WaitTaskOutput): unknown[] => answer.events.map((event) => (event as { seq?: number }).seq);

  it('are those after the cursor, each told once', async () => {
    const task_ids = await spawnTwo();
    const look = async (cursor?: string): Promise<WaitTaskOutput> =>
      await wait({ task_ids: [task_ids[0]], timeout_seconds: 0, ...(cursor !== undefined && { cursor }) }).answer;
    const first = await look();
    feeds[0]?.push({ type: 'message', text: 'half way' });
    await desk.host.until(task_ids[0], 'running');
    const second = await look(first.cursor);
    expect(second.events).toContainEqual(expect.objectContaining({ type: 'message', message: 'half way' }));
    expect(seqs(second).filter((seq) => seqs(first).includes(seq))).toEqual([]);
    expect(seqs(await look(second.cursor))).toEqual([]);
  });

  it('that come while the answer is made are left to the next one', async () => {
    const [first] = await spawnTwo();
    const readEvents = desk.host.store.readEvents.bind(desk.host.store);
    desk.host.store.readEvents = async (...given) => {
      desk.host.store.readEvents = readEvents;
      feeds[0]?.push({ type: 'message', text: 'late' });
      await desk.host.until(first, 'running');
      return await readEvents(...given);
    };
    const before = await wait({ task_ids: [first], timeout_seconds: 0 }).answer;
    expect(JSON.stringify(before.events)).not.toContain('late');
    const after = await wait({ task_ids: [first], timeout_seconds: 0, cursor: before.cursor }).answer;
    expect(JSON.stringify(after.events)).toContain('late');
  });
});

describe('results of a wait', () => {
  it('share a budget; what does not fit is left to get_task_result', async () => {
    desk.host.driver.starting = () => events(done({ text: 'x'.repeat(5000) }));
    const task_ids = [await desk.ended(), await desk.ended()];
    const [first, second] = (await wait({ task_ids }).answer).done;
    expect(first).toMatchObject({ truncated: false, size: 5000 });
    expect(second).toMatchObject({ truncated: true, size: 5000, next: { tool: 'get_task_result' } });
    expect(second).not.toHaveProperty('result');
  });
});

describe('a wait is refused', () => {
  it('for a task that is not there, with its place', async () => {
    const [first] = await spawnTwo();
    await expect(desk.controlPlane.wait({ task_ids: [first, 'task_nope'] })).rejects.toMatchObject({
      code: 'AD_TASK_NOT_FOUND',
      problems: [{ pointer: '/task_ids/1' }],
    });
  });

  it.each([
    'nonsense',
    Buffer.from('{"v":1}').toString('base64url'),
    Buffer.from('{"v":1,"e":{"a":-1}}').toString('base64url'),
  ])('with the cursor %s', async (cursor) => {
    const task_ids = await spawnTwo();
    await expect(desk.controlPlane.wait({ task_ids, cursor })).rejects.toMatchObject({
      code: 'AD_INPUT_CURSOR',
      problems: [{ pointer: '/cursor' }],
    });
  });

  it('with a cursor behind the latest event of one of the tasks, as of a state that was lost', async () => {
    const task_ids = await spawnTwo();
    const cursor = eventCursor({ [task_ids[1] ?? '']: 1000 });
    await expect(desk.controlPlane.wait({ task_ids, cursor })).rejects.toMatchObject({
      code: 'AD_INPUT_CURSOR',
      hint: expect.stringContaining('without cursor'),
      problems: [{ pointer: '/cursor' }],
    });
    await desk.controlPlane.wait({ task_ids: [task_ids[0] ?? ''], cursor, timeout_seconds: 0 });
  });

  it('without tasks, or with what it does not know', async () => {
    await expect(desk.controlPlane.wait({ task_ids: [] })).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
    const unknown = { task_ids: ['a'], patience: 1 } as WaitTaskInput;
    await expect(desk.controlPlane.wait(unknown)).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });
});
