// How many tasks per second the store takes from accepted to ended, in a store that is empty and in one with 100,000
// ended tasks, until all of it is in its place behind the journal.
// node test/bench/store-throughput.mjs [tasks] [stored]   prints one JSON object per store; needs the build.
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { medium, plainSyncs, syncFigures } from './support/disk.mjs';
import { isQuick, numbersAsked, report, round } from './support/figures.mjs';
import { countingFiles, freshDirectory, seedEnded, typicalRecord } from './support/store-places.mjs';
import { built, LocalStore } from './support/store.mjs';

const { sampleChange } = await built('testing/index');

const IN_FLIGHT = 256;
/** What the engine commits between acceptance and end. */
const STEPS = ['provisioning', 'starting', 'running', 'completing'];

/** @param stored tasks that ended before. */
export async function throughput({ tasks, stored }) {
  const stateDir = freshDirectory('store-throughput');
  if (stored > 0) await seedEnded(stateDir, stored);
  const { files, counts } = countingFiles();
  const store = new LocalStore({ stateDir, clock: { now: () => Date.now() }, files });
  await store.open();
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  await runAll(store, tasks);
  const ended = performance.now() - start;
  await store.quiet();
  const settled = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const rss = process.memoryUsage().rss;
  await store.close();
  const plain = await plainSyncs(counts.journalSyncs, Math.round(counts.journalBytes / counts.journalSyncs));
  return {
    name: `durable tasks per second, created to ended, ${stored} tasks stored`,
    unit: 'tasks/s',
    value: round((tasks / settled) * 1000),
    untilEnded: round((tasks / ended) * 1000),
    tasks,
    cpuMsPerTask: round((user + system) / 1000 / tasks),
    rssMB: round(rss / 2 ** 20),
    ...counts,
    plainSyncs: syncFigures(plain),
    tookMs: round(settled),
    medium: medium(),
    bar: { value: 1000 },
    withinBar: tasks / settled >= 1,
    command: `node test/bench/store-throughput.mjs ${tasks} ${stored}`,
  };
}

async function runAll(store, total) {
  let created = 0;
  let ended = 0;
  const runTask = async (task) => {
    for (const status of STEPS)
      task = await commit(store, sampleChange(task, status, { events: [{ type: 'status' }] }));
    const record = { ...task.record, status: 'succeeded', endedAt: Date.now() };
    const end = { events: [{ type: 'status' }], wakeAt: undefined, keep: false };
    await commit(store, { ...sampleChange(task, 'succeeded', end), record });
    ended++;
  };
  const lane = async () => {
    while (created < total) {
      created++;
      await store.create(typicalRecord(Date.now()), { events: [{ type: 'accepted' }], wakeAt: 0 });
      await Promise.all((await store.claim(IN_FLIGHT)).map(runTask));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  if (ended !== total) throw new Error(`${ended} of ${total} tasks ended`);
}

async function commit(store, change) {
  const [result] = await store.commit([change]);
  if (result?.status !== 'ok') throw new Error(`the commit ends ${result?.status}`);
  return result.task;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [tasks, asked] = numbersAsked(isQuick ? 5_000 : 20_000, undefined);
  for (const stored of asked === undefined ? [0, isQuick ? 10_000 : 100_000] : [asked]) {
    report(await throughput({ tasks, stored }));
  }
}
