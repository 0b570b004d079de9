// What the newest 50 entries of a log cost when it holds 100 MB, beside one of 1 kB, and a page of it from a cursor.
// node test/bench/store-log-tail.mjs [runs] [megabytes]   prints one JSON object; needs the build.
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { built, freshDirectory, LocalStore, percentile, round, typicalRecord } from './lib/store-places.mjs';

const { getTaskLogs } = await built('operations/get-task-logs');
const CHUNK = 1024 * 1024;

export async function logTail({ runs, megabytes }) {
  const store = new LocalStore({ stateDir: await freshDirectory('store-log-tail'), clock: { now: () => Date.now() } });
  await store.open();
  const [small, large] = [await taskWithLog(store, 1024), await taskWithLog(store, megabytes * CHUNK)];
  const read = (input) => getTaskLogs({ store }, input);
  const { next_cursor: cursor } = await read({ task_id: large, limit: 200 });
  const samples = { small: [], large: [], page: [] };
  for (let run = 0; run < runs; run++) {
    samples.small.push(await timed(() => read({ task_id: small, tail: 50 })));
    samples.large.push(await timed(() => read({ task_id: large, tail: 50 })));
    samples.page.push(await timed(() => read({ task_id: large, cursor })));
  }
  await store.close();
  const value = percentile(samples.large, 0.5);
  return {
    name: `tail of a ${megabytes} MB log`,
    unit: 'ms',
    value: round(value, 2),
    p99: round(percentile(samples.large, 0.99), 2),
    ofOneKilobyte: round(percentile(samples.small, 0.5), 2),
    pageFromCursor: round(percentile(samples.page, 0.5), 2),
    medium: 'disk, in its cache',
    bar: { value: 5 },
    withinBar: value < 5,
    runs,
    node: process.version,
    command: `node test/bench/store-log-tail.mjs ${runs} ${megabytes}`,
  };
}

async function taskWithLog(store, bytes) {
  await store.create(typicalRecord(Date.now()), { events: [], wakeAt: 0 });
  const [{ record, fence }] = await store.claim(1);
  let number = 0;
  const lines = () => {
    let text = '';
    while (text.length < Math.min(bytes, CHUNK) - 200) {
      text += `${JSON.stringify({ at: 1, stream: 'stdout', text: `line ${++number} ${'x'.repeat(60)}\n`, a: 1 })}\n`;
    }
    return Buffer.from(text);
  };
  for (let offset = 0; offset < bytes - 200;) {
    const chunk = lines();
    await store.appendLog(record.taskId, fence, offset, chunk);
    offset += chunk.length;
  }
  return record.taskId;
}

async function timed(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [runs, megabytes] = [Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 100)];
  console.log(JSON.stringify(await logTail({ runs, megabytes })));
}
