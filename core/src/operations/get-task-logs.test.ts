// get_task_logs: pages, the newest entries, and cursors.
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GetTaskLogsInput, GetTaskLogsOutput } from '@agent-dispatch/schemas';
import { events, Feed } from '../engine/testdata/scripted-driver.js';
import { logCursor } from './cursors.js';
import { Desk, fitting } from './testdata/control-plane.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.controlPlane.close());

const log = (text: string): unknown => ({ type: 'log', stream: 'stdout', text });
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${String(index + 1)}\n`);

async function taskThatWrote(texts: readonly string[]): Promise<string> {
  desk.host.driver.starting = () => events(...texts.map(log), { type: 'ended', outcome: 'succeeded' });
  return await desk.ended();
}

const read = async (input: GetTaskLogsInput): Promise<GetTaskLogsOutput> =>
  fitting('GetTaskLogsOutput', await desk.controlPlane.logs(input));
const texts = ({ entries }: GetTaskLogsOutput): string[] => entries.map(({ text }) => text);

/** Every entry, page after page, and how many pages they were. */
async function readAll(input: GetTaskLogsInput): Promise<{ all: string[]; pages: number }> {
  const all: string[] = [];
  for (let pages = 1, cursor: string | undefined; ; pages += 1) {
    const page = await read({ ...input, ...(cursor !== undefined && { cursor }) });
    all.push(...texts(page));
    if (!page.truncated) return { all, pages };
    cursor = page.next_cursor;
  }
}

describe('the log of a task', () => {
  it('is there while it runs, and goes on at the cursor', async () => {
    const feed = new Feed();
    desk.host.driver.starting = feed.follow;
    const { task_id } = await desk.spawn();
    feed.log('one\n');
    await desk.host.eventually(async () => (await read({ task_id })).entries.length === 1);
    const first = await read({ task_id });
    expect(first).toMatchObject({ terminal: false, truncated: false, entries: [{ stream: 'stdout', text: 'one\n' }] });
    expect(texts(await read({ task_id, cursor: first.next_cursor }))).toEqual([]);
    feed.log('two\n');
    feed.push({ type: 'ended', outcome: 'succeeded' });
    await desk.host.until(task_id, 'succeeded');
    const second = await read({ task_id, cursor: first.next_cursor });
    expect(second).toMatchObject({ terminal: true, entries: [{ text: 'two\n' }] });
  });

  it('comes in pages of as many entries as asked for', async () => {
    const task_id = await taskThatWrote(numbers(25));
    expect(await readAll({ task_id, limit: 10 })).toEqual({ all: numbers(25), pages: 3 });
    expect((await read({ task_id, limit: 25 })).truncated).toBe(false);
  });

  it('comes in pages of 16 kB at most', async () => {
    const wide = Array.from({ length: 40 }, (_, index) => `${String(index)} ${'x'.repeat(998)}\n`);
    const task_id = await taskThatWrote(wide);
    const page = await read({ task_id });
    expect(page.truncated).toBe(true);
    expect(Buffer.byteLength(texts(page).join(''))).toBeLessThanOrEqual(16 * 1024);
    expect((await readAll({ task_id })).all).toEqual(wide);
  });

  it('gives an entry that is larger than a page whole', async () => {
    const task_id = await taskThatWrote(['a\n', `${'x'.repeat(30_000)}\n`, 'b\n']);
    expect((await readAll({ task_id })).all.map((text) => text.length)).toEqual([2, 30_001, 2]);
  });

  it('gives the newest entries, oldest first', async () => {
    const task_id = await taskThatWrote(numbers(300));
    const tail = await read({ task_id, tail: 3 });
    expect(texts(tail)).toEqual(numbers(300).slice(-3));
    expect(texts(await read({ task_id, tail: 1000 }))).toHaveLength(300);
    expect(texts(await read({ task_id, cursor: tail.next_cursor }))).toEqual([]);
  });

  it('gives of the newest entries only what fits one answer', async () => {
    const wide = Array.from({ length: 100 }, (_, index) => `${String(index)} ${'x'.repeat(998)}\n`);
    const task_id = await taskThatWrote(wide);
    const tail = texts(await read({ task_id, tail: 100 }));
    expect(tail.length).toBeGreaterThan(50);
    expect(tail).toEqual(wide.slice(-tail.length));
    expect(Buffer.byteLength(tail.join(''))).toBeLessThanOrEqual(64 * 1024);
  });

  it('of a task that wrote nothing is empty', async () => {
    const task_id = await taskThatWrote([]);
    expect(await read({ task_id })).toMatchObject({ entries: [], truncated: false });
    expect(await read({ task_id, tail: 5 })).toMatchObject({ entries: [], truncated: false });
  });

  it('leaves an unfinished line to the next call, and a torn one out', async () => {
    const feed = new Feed();
    desk.host.driver.starting = feed.follow;
    const { task_id } = await desk.spawn();
    feed.log('one\n');
    await desk.host.until(task_id, 'running');
    const { store } = desk.host;
    const fence = (await store.get(task_id))?.fence ?? 0;
    const append = async (text: string): Promise<void> => {
      const { size } = await store.readLog(task_id, 0, 0);
      await store.appendLog(task_id, fence, size, new TextEncoder().encode(text));
    };
    await append('{"at":1,"stream":"std');
    const before = await read({ task_id });
    expect([texts(before), before.truncated]).toEqual([['one\n'], false]);
    await append('\n{"at":1,"stream":"stdout","text":"two","a":1}\n');
    expect(texts(await read({ task_id, cursor: before.next_cursor }))).toEqual(['two']);
  });
});

describe('a cursor of the log', () => {
  it('of another task is refused', async () => {
    const [one, other] = [await taskThatWrote(['a\n']), await taskThatWrote(['b\n'])];
    const { next_cursor } = await read({ task_id: one });
    await expect(desk.controlPlane.logs({ task_id: other, cursor: next_cursor })).rejects.toMatchObject({
      code: 'AD_INPUT_CURSOR',
      problems: [{ pointer: '/cursor', message: 'belongs to another task' }],
    });
  });

  const lines = ['{"at":1,"stream":"stdout","text":"one","a":1}\n', '{"at":2,"stream":"stdout","text":"two","a":1}\n'];

  /** A task that runs with this log, as after its state was lost or restored; and a cursor behind another log of it. */
  async function restored(log: string): Promise<{ task_id: string; cursor: string }> {
    const feed = new Feed();
    feed.push({ type: 'progress', message: 'begins' });
    desk.host.driver.starting = feed.follow;
    const { task_id } = await desk.spawn();
    await desk.host.until(task_id, 'running');
    const { store } = desk.host;
    const fence = (await store.get(task_id))?.fence ?? 0;
    await store.appendLog(task_id, fence, 0, new TextEncoder().encode(log));
    const sum = crc32(lines.join(''));
    return { task_id, cursor: logCursor(task_id, { offset: lines.join('').length, sum }) };
  }

  it.each([
    ['that is shorter', lines[0] ?? ''],
    ['with other bytes before it', lines.join('').replace('one', 'eno')],
    ['that went on differently', `${lines[0] ?? ''}${'{"at":3,"stream":"stdout","text":"three","a":1}\n'.repeat(3)}`],
  ])('of another state of the task is refused by a log %s, with what to do', async (_name, log) => {
    const { task_id, cursor } = await restored(log);
    await expect(desk.controlPlane.logs({ task_id, cursor })).rejects.toMatchObject({
      code: 'AD_INPUT_CURSOR',
      hint: expect.stringContaining('without cursor'),
      problems: [{ pointer: '/cursor', message: 'was made for another state of the task' }],
    });
  });

  it('is honoured by the log it was made for, which has grown', async () => {
    const { task_id, cursor } = await restored(`${lines.join('')}{"at":3,"stream":"stdout","text":"three","a":1}\n`);
    expect(texts(await read({ task_id, cursor }))).toEqual(['three']);
  });

  it.each(['', 'nonsense', Buffer.from('[]').toString('base64url'), Buffer.from('{"v":2}').toString('base64url')])(
    'like %j is refused',
    async (cursor) => {
      const task_id = await taskThatWrote(['a\n']);
      await expect(desk.controlPlane.logs({ task_id, cursor })).rejects.toMatchObject({ code: 'AD_INPUT_CURSOR' });
    },
  );
});

it('the log of a task that is not there is refused', async () => {
  await expect(desk.controlPlane.logs({ task_id: 'task_nope' })).rejects.toMatchObject({
    code: 'AD_TASK_NOT_FOUND',
    problems: [{ pointer: '/task_id' }],
  });
});
