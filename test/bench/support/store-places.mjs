// State directories for benchmarks of the store alone: empty or with many ended tasks, and a disk that counts its syncs.
import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cache, medium } from './disk.mjs';
import { built, LocalStore, nodeFiles } from './store.mjs';

const { prepareCheckpoint } = await built('store/checkpoint');
const { encodeLine } = await built('store/record-codec');
const { TaskPaths } = await built('store/task-paths');
const { TaskTable } = await built('store/task-table');
const { sampleRecord } = await built('testing/index');

/** An absent directory. @throws where it would be in memory. */
export function freshDirectory(name) {
  medium();
  const directory = path.join(cache, 'bench', name);
  rmSync(directory, { recursive: true, force: true });
  return directory;
}

/** A record as an orchestrator would cause it: about 2 kB. */
export function typicalRecord(createdAt) {
  const record = sampleRecord({ createdAt, labels: { team: 'research', kind: 'report' }, group: 'bench' });
  return { ...record, input: { inline: { instruction: 'Read the sources and write the report. '.repeat(20) } } };
}

/** Fills a state directory with ended tasks, as the store would have left them, without a sync for each. */
export async function seedEnded(stateDir, count) {
  const store = new LocalStore({ stateDir, clock: { now: () => Date.now() } });
  await store.open();
  await store.close();
  const paths = new TaskPaths(nodeFiles, stateDir);
  const table = new TaskTable();
  const start = Date.now() - count;
  for (let first = 0; first < count; first += 500) {
    const states = Array.from({ length: Math.min(500, count - first) }, (_, index) =>
      endedState(start + first + index),
    );
    await Promise.all(
      states.map(async (state) => {
        const { taskId } = state.record;
        await mkdir(paths.directory(taskId), { recursive: true });
        await writeFile(paths.document(taskId), encodeLine({ version: 1, state }));
        table.put(state);
        table.rest(state);
      }),
    );
  }
  const covers = { epoch: 1, number: 1 };
  const prepared = await prepareCheckpoint(nodeFiles, path.join(stateDir, 'checkpoint'), covers, table);
  await prepared.publish();
}

function endedState(createdAt) {
  const record = { ...typicalRecord(createdAt), status: 'succeeded', endedAt: createdAt + 1000 };
  const events = [1, 2, 3].map((seq) => ({ seq, at: createdAt, type: 'progress', message: 'step' }));
  const head = { rev: 4, fence: 1, inbox: 0, consumed: 0, commands: [], commandIds: {}, lastSeq: 3, slots: [] };
  return { ...head, record, events };
}

/** The disk, counting its syncs: of the journal, and of all that is written behind it. */
export function countingFiles() {
  const counts = { journalSyncs: 0, journalBytes: 0, otherSyncs: 0 };
  const files = {
    ...nodeFiles,
    open: async (name, mode) => {
      const file = await nodeFiles.open(name, mode);
      const journal = name.includes('/journal/');
      return {
        read: (position, length) => file.read(position, length),
        write: (position, bytes) => {
          if (journal) counts.journalBytes += bytes.length;
          return file.write(position, bytes);
        },
        datasync: () => {
          counts[journal ? 'journalSyncs' : 'otherSyncs']++;
          return file.datasync();
        },
        truncate: (size) => file.truncate(size),
        size: () => file.size(),
        close: () => file.close(),
      };
    },
    syncDirectory: (name) => {
      counts.otherSyncs++;
      return nodeFiles.syncDirectory(name);
    },
  };
  return { files, counts };
}
