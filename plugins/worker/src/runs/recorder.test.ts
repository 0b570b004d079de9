import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventLog } from './event-log.js';
import { piecesOf, Recorder } from './recorder.js';
import type { RunEvent } from './run.js';

let folder: string;
let log: EventLog;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
  log = new EventLog(join(folder, 'events.jsonl'), () => 7);
  await log.create();
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

async function recorded(): Promise<RunEvent[]> {
  await log.close();
  const events: RunEvent[] = [];
  for await (const event of log.read(0, new AbortController().signal)) events.push(event);
  return events;
}

describe('what an agent says', () => {
  it('is kept up to the limit; one gap tells that more came', async () => {
    const recorder = new Recorder(log, 2_000);
    for (let count = 0; count < 100; count += 1) recorder.output('stdout', 'x'.repeat(500));
    recorder.message('lost too');
    const types = (await recorded()).map(({ type, stream }) => stream ?? type);
    expect(types).toEqual(['stdout', 'stdout', 'stdout', 'stdout', 'gap', 'system']);
  });

  it('may still be a question beyond the limit, though not without end', async () => {
    const recorder = new Recorder(log, 100);
    recorder.output('stdout', 'x'.repeat(500));
    const request = { requestId: 'q', question: 'y'.repeat(1000) };
    expect(recorder.ask(request)).toBe(true);
    let asked = 1;
    while (recorder.ask(request)) asked += 1;
    expect(asked).toBeLessThan(2_000);
  });

  it('is cut into events that any protocol can carry, raw form with the first', async () => {
    const recorder = new Recorder(log, 10_000_000);
    recorder.message('€'.repeat(50_000), { kind: 'raw' });
    const events = await recorded();
    expect(events.map(({ text }) => text).join('')).toBe('€'.repeat(50_000));
    for (const { text = '' } of events) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
    expect(events.map(({ raw }) => raw !== undefined)).toEqual([true, false, false]);
  });
});

it('piecesOf tears no character', () => {
  expect(piecesOf('a😀b', 2)).toEqual(['a', '😀', 'b']);
  expect(piecesOf('', 2)).toEqual([]);
});
