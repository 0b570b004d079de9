import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventLog } from './event-log.js';
import type { RunEvent } from './run.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-log-'));
  path = join(folder, 'events.jsonl');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;

async function newLog(): Promise<EventLog> {
  const log = new EventLog(path, () => 7);
  await log.create();
  return log;
}

async function all(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const found: RunEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

const texts = (events: readonly RunEvent[]): unknown[] => events.map(({ text, type }) => text ?? type);

const addTexts = (log: EventLog, ...added: string[]): void => {
  for (const text of added) log.add({ type: 'log', stream: 'stdout', text });
};

describe('the events of a run', () => {
  it('are numbered from 1 without gaps, dated, and read from any place', async () => {
    const log = await newLog();
    addTexts(log, 'a', 'b', 'c');
    log.add({ type: 'ended', outcome: 'succeeded' });
    const events = await all(log.read(0, never));
    expect(events.map(({ seq, at }) => [seq, at])).toEqual([
      [1, 7],
      [2, 7],
      [3, 7],
      [4, 7],
    ]);
    expect(texts(await all(log.read(2, never)))).toEqual(['c', 'ended']);
    await log.close();
  });

  it('reach every reader as they come, each once', async () => {
    const log = await newLog();
    const readers = [log.read(0, never), log.read(0, never)];
    const firsts = readers.map((reader) => reader.next());
    addTexts(log, 'a');
    expect((await Promise.all(firsts)).map(({ value }) => (value as RunEvent).text)).toEqual(['a', 'a']);
    const rests = Promise.all(readers.map((reader) => all(reader)));
    addTexts(log, 'b');
    await log.settled();
    addTexts(log, 'c');
    log.add({ type: 'ended', outcome: 'succeeded' });
    for (const rest of await rests) expect(texts(rest)).toEqual(['b', 'c', 'ended']);
    await log.close();
  });

  it('let a reader go when its signal says so, and when the log is closed', async () => {
    const log = await newLog();
    addTexts(log, 'a');
    const gone = new AbortController();
    const [left, stayed] = [all(log.read(0, gone.signal)), all(log.read(0, never))];
    await log.settled();
    gone.abort();
    await left;
    await log.close();
    expect(texts(await stayed)).toEqual(['a']);
  });

  it('are found by number in a long log, with lines longer than what is read at a time', async () => {
    const log = await newLog();
    const long = 'x'.repeat(200_000);
    for (let count = 1; count <= 20; count += 1) addTexts(log, `${count}`, long);
    log.add({ type: 'ended', outcome: 'succeeded' });
    await log.close();
    for (const after of [0, 1, 20, 39]) {
      const [next] = await all(log.read(after, never));
      expect([next?.seq, next?.text]).toEqual([after + 1, after % 2 === 0 ? String(after / 2 + 1) : long]);
    }
  });

  it('go on after an earlier worker, whose unfinished line is cut', async () => {
    const first = await newLog();
    addTexts(first, 'a', 'b');
    await first.close();
    appendFileSync(path, '{"seq":3,"at":7,"type":"lo');
    const second = new EventLog(path, () => 8);
    await second.reopen();
    expect(second.lastSeq).toBe(2);
    second.add({ type: 'ended', outcome: 'failed' });
    await second.close();
    expect(texts(await all(second.read(0, never)))).toEqual(['a', 'b', 'ended']);
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(3);
  });

  it('are read without being gone through where their end is known', async () => {
    const first = await newLog();
    addTexts(first, 'a', 'b');
    await first.close();
    const second = new EventLog(path, () => 8);
    await second.reopen(first.end);
    await second.close();
    expect([second.lastSeq, texts(await all(second.read(1, never)))]).toEqual([2, ['b']]);
  });

  it('tell how the run stands when the disk takes no more, and that output is lost', async () => {
    const log = new EventLog('/dev/full', () => 7);
    await log.reopen({ seq: 0, offset: 0 });
    addTexts(log, 'a');
    const request = { requestId: 'q', question: '?' };
    log.add({ type: 'input_required', request });
    addTexts(log, 'b');
    log.add({ type: 'ended', outcome: 'succeeded' });
    const events = await all(log.read(0, never));
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'gap'],
      [2, 'input_required'],
      [3, 'ended'],
    ]);
    expect(log.end).toBeUndefined();
    await log.close();
  });
});
