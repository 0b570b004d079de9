import { expect, it } from '@jest/globals';
import { sampleRecord } from '../testing/sample-task.js';
import { EventFiles } from './event-files.js';
import { TaskPaths } from './task-paths.js';
import type { EventFileMark } from './task-state.js';
import { PowerLossFiles } from './testdata/power-loss-files.js';

it('marks of a long events file stay few, and every event is found from any place', async () => {
  const disk = new PowerLossFiles();
  const events = new EventFiles(disk, new TaskPaths(disk, '/state'));
  const record = sampleRecord();
  const { taskId } = record;
  let eventFile: EventFileMark | undefined;
  for (let seq = 1; seq <= 2000; seq++) {
    eventFile = await events.append({ record, events: [{ seq, at: seq, type: 'progress' }], eventFile });
  }
  if (!eventFile) throw new Error('nothing was appended');
  expect(eventFile.marks.length).toBeLessThanOrEqual(512);
  expect(eventFile.marks[0]).toEqual([1, 0]);
  for (const after of [0, 1, 700, 1333, 1997]) {
    const found = await events.read(taskId, eventFile, after, 2);
    expect(found.map(({ seq }) => seq)).toEqual([after + 1, after + 2]);
  }
});
