// State directories for benchmarks of the store: on this repository's own disk, empty or with many ended tasks, and what
// the disk itself takes for syncs.
import { mkdirSync, rmSync } from 'node:fs';
import { mkdir, open, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

/** The store's own parts, as they were built: they are not public. */
export const built = (name) => import(new URL(`../../../core/dist/${name}.js`, import.meta.url).href);
const { prepareCheckpoint } = await built('store/checkpoint');
const { nodeFiles } = await built('store/node-files');
const { encodeLine } = await built('store/record-codec');
const { TaskPaths } = await built('store/task-paths');
const { TaskTable } = await built('store/task-table');
const { sampleChange, sampleRecord } = await built('testing/index');
export const { LocalStore } = await built('store/index');
export { sampleChange };

const cache = fileURLToPath(new URL('../../../.cache/bench', import.meta.url));
const TMPFS = 0x01021994;

/** An absent directory on disk; refuses a file system in memory, whose figures would mean nothing. */
export async function freshDirectory(name) {
  const directory = path.join(cache, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const { type } = await statfs(cache);
  if (type === TMPFS) throw new Error(`${cache} is in memory: its figures would mean nothing`);
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

/** Milliseconds that the disk takes for so many appends of so many bytes, each with its fdatasync, one after another. */
export async function plainSyncs(count, bytes) {
  const file = await open(path.join(cache, 'plain-syncs'), 'w');
  const block = Buffer.alloc(Math.max(1, Math.round(bytes)), 'x');
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    await file.write(block, 0, block.length, index * block.length);
    await file.datasync();
  }
  const took = performance.now() - start;
  await file.close();
  rmSync(path.join(cache, 'plain-syncs'));
  return took;
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

export const round = (value, digits = 1) => Number(value.toFixed(digits));

export function percentile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
