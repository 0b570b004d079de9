import { describe, expect, it } from '@jest/globals';
import { settle } from '../testing/simulated-clock.js';
import { sampleRecord } from '../testing/sample-task.js';
import { EventFiles } from './event-files.js';
import { Snapshots } from './snapshots.js';
import { TaskDocuments } from './task-documents.js';
import { TaskPaths } from './task-paths.js';
import { TaskSizes } from './task-sizes.js';
import { TaskTable } from './task-table.js';
import { PowerLossFiles } from './testdata/power-loss-files.js';
import { watchedFiles } from './testdata/watched-files.js';

/** Snapshots of a table with so many ended tasks, on a disk whose renames wait until they are let go. */
function endedTasks(count: number) {
  const renames: (() => void)[] = [];
  const disk = new PowerLossFiles();
  const files = watchedFiles(() => undefined, {
    open: (path, mode) => disk.open(path, mode),
    fileSize: (path) => disk.fileSize(path),
    exists: (path) => disk.exists(path),
    list: (path) => disk.list(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: async (from, to) => {
      await new Promise<void>((resolve) => renames.push(resolve));
      await disk.rename(from, to);
    },
    link: (from, to) => disk.link(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  });
  const table = new TaskTable();
  const taskIds = Array.from({ length: count }, () => {
    const record = sampleRecord({ status: 'succeeded', endedAt: 1 });
    const head = {
      record,
      rev: 1,
      fence: 0,
      inbox: 0,
      consumed: 0,
      commands: [],
      commandIds: {},
      lastSeq: 0,
      slots: [],
    };
    table.apply({ type: 'task', head, events: [] });
    return record.taskId;
  });
  const paths = new TaskPaths(files, '/state');
  const snapshots = new Snapshots({
    table,
    documents: new TaskDocuments(files, paths),
    events: new EventFiles(files, paths),
    sizes: new TaskSizes(files, paths),
  });
  return { snapshots, taskIds, renames, table };
}

describe('documents that fall behind', () => {
  it('let new tasks wait until there is room, and no longer', async () => {
    const { snapshots, taskIds, renames, table } = endedTasks(5000);
    expect(snapshots.room()).toBeUndefined();
    snapshots.consider(taskIds);
    let room = false;
    const waiting = snapshots.room()?.then(() => (room = true));
    expect(waiting).toBeDefined();
    await settle();
    expect(room).toBe(false);
    while (!room) {
      for (const go of renames.splice(0)) go();
      await settle(5);
    }
    expect(table.entries.some(({ state }) => state !== undefined)).toBe(true);
    expect(snapshots.room()).toBeUndefined();
  });

  it('are written one at a time for each task', async () => {
    const { snapshots, taskIds, renames } = endedTasks(1);
    snapshots.consider(taskIds);
    await settle();
    snapshots.consider(taskIds);
    await settle();
    expect(renames).toHaveLength(1);
    renames.pop()?.();
    await snapshots.idle();
    expect(renames).toHaveLength(0);
  });
});
