// Ended tasks, many of them or with long logs, made through the store itself after the pattern of one that a dispatcher
// has carried out. Over a file layer that syncs nothing, for they are only to be there; the disk is settled afterwards.
import { settleDisk } from './disk.mjs';
import { LocalStore, newTaskId, nodeFiles } from './store.mjs';

const BATCH = 500;
const LOG_CHUNK = 1024 * 1024;

const unsynced = {
  ...nodeFiles,
  syncDirectory: async () => undefined,
  open: async (path, mode) => Object.assign(await nodeFiles.open(path, mode), { datasync: async () => undefined }),
};

/** No dispatcher may run on the directory, and the latest of its tasks has ended. */
export function storeHistory(stateDir, count) {
  return withStore(stateDir, async (store, sample) => {
    for (let done = 0; done < count; done += BATCH) {
      await storeEnded(store, sample, Math.min(BATCH, count - done));
      await store.quiet();
    }
  });
}

/** A task for each size, with a log of about so many bytes. Returns their ids by the names of the sizes. */
export function storeLogs(stateDir, sizes) {
  return withStore(stateDir, async (store, sample) => {
    const ids = {};
    for (const [name, bytes] of Object.entries(sizes)) {
      [ids[name]] = await storeEnded(store, sample, 1, (task) => writeLog(store, task, bytes));
    }
    return ids;
  });
}

async function withStore(stateDir, work) {
  const store = new LocalStore({ stateDir, clock: { now: () => Date.now() }, files: unsynced });
  await store.open();
  try {
    const [sample] = (await store.list({ limit: 1 })).items;
    return await work(store, sample.record);
  } finally {
    await store.close();
    settleDisk();
  }
}

/** Returns their ids. */
async function storeEnded(store, sample, count, whileOwned = async () => undefined) {
  const now = Date.now();
  const records = Array.from({ length: count }, () => ({ ...sample, taskId: newTaskId(now), createdAt: now }));
  const queued = { status: 'queued', attempt: 0, attempts: undefined, outcome: undefined, endedAt: undefined };
  await Promise.all(
    records.map((record) => store.create({ ...record, ...queued }, { events: [{ type: 'accepted' }], wakeAt: now })),
  );
  const byId = new Map(records.map((record) => [record.taskId, record]));
  const claimed = await store.claim(count);
  for (const task of claimed) await whileOwned(task);
  const results = await store.commit(
    claimed.map(({ record: { taskId }, rev, fence }) => ({
      taskId,
      commitId: `${fence}.${rev + 1}`,
      expect: { rev, fence },
      record: byId.get(taskId),
      events: [{ type: 'result' }, { type: 'status', from: 'completing', to: sample.status }],
      wakeAt: undefined,
      keep: false,
    })),
  );
  const refused = results.find(({ status }) => status !== 'ok');
  if (refused) throw new Error(`a task was not stored: ${JSON.stringify(refused)}`);
  return [...byId.keys()];
}

async function writeLog(store, { record, fence }, bytes) {
  const line = `${JSON.stringify({ at: Date.now(), stream: 'stdout', text: `${'x'.repeat(100)}\n`, a: 1 })}\n`;
  let offset = 0;
  while (offset < bytes) {
    const chunk = Buffer.from(line.repeat(Math.ceil(Math.min(LOG_CHUNK, bytes - offset) / line.length)));
    await store.appendLog(record.taskId, fence, offset, chunk);
    offset += chunk.length;
  }
}
