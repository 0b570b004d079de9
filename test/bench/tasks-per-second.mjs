// How many tasks a second one dispatcher takes from spawn to their end, and whether that and its start stay as they are
// with 100,000 tasks stored. Measured: calls of spawn_cloud_agent that wait for the end, over the dispatcher's JSON-RPC
// from two connections of one client process, a fixed number in flight; no-op driver.
// node test/bench/tasks-per-second.mjs [--quick]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isQuick, median, report, round, timed } from './support/figures.mjs';
import { medium, plainSyncs, syncFigures } from './support/disk.mjs';
import { storeHistory } from './support/history.mjs';
import { noopTask, spawnMany } from './support/noop-task.mjs';
import { within } from './support/place.mjs';

const STORED = isQuick ? 10_000 : 100_000;
const ROUNDS = isQuick ? 2 : 4;
const STARTS = isQuick ? 3 : 5;
const TASKS = isQuick ? 1_000 : 3_000;
const IN_FLIGHT = 128;
/** About what one change of a task adds to the journal. */
const RECORD_BYTES = 2_000;
const openStore = fileURLToPath(new URL('./support/open-store.mjs', import.meta.url));

await within(async (place) => {
  const empty = await measureRate(place);
  const fresh = await measureStart(place);
  await storeHistory(place.stateDir, STORED);
  const stored = await measureStart(place);
  const full = await measureRate(place);
  const open = median(Array.from({ length: STARTS }, () => openAlone(place)));

  reportRate('durable tasks per second, spawn to end, no-op driver', empty, {
    bar: { value: 1000 },
    withinBar: empty.value >= 1000,
  });
  const ratio = round(full.value / empty.value);
  reportRate(`durable tasks per second with ${STORED} tasks stored`, full, {
    ratio,
    bar: { ratio: 0.8 },
    withinBar: ratio >= 0.8,
  });
  report({
    name: `dispatcher start to first answer with ${STORED} tasks stored`,
    unit: 'ms',
    value: round(stored),
    withFewStored: round(fresh),
    storeOpenAlone: round(open),
    samples: STARTS,
    bar: { value: 500 },
    withinBar: stored < 500,
    medium: medium(),
  });
});

/** Medians of rounds on a warm dispatcher of its own. */
async function measureRate(place) {
  const dispatcher = await place.dispatcher();
  const clients = [await place.client(), await place.client()];
  const input = { ...noopTask(), wait_seconds: 50 };
  const rounds = [];
  for (let number = 0; number <= ROUNDS; number += 1) {
    const before = await dispatcher.look();
    let answers = [];
    const ms = await timed(async () => {
      answers = await spawnMany(clients, { count: TASKS, inFlight: IN_FLIGHT, input });
    });
    if (answers.some(({ status }) => status !== 'succeeded')) throw new Error('a task of the no-op driver failed');
    const after = await dispatcher.look();
    const syncs = after.datasyncs - before.datasyncs + after.syncs - before.syncs;
    const plain = await plainSyncs(Math.min(syncs, 1000), RECORD_BYTES);
    if (number === 0) continue; // warms the dispatcher
    rounds.push({
      rate: (1000 * TASKS) / ms,
      cpuMs: (after.cpuMs - before.cpuMs) / TASKS,
      syncs,
      plain,
      rss: after.rss,
    });
  }
  for (const client of clients) await client.close();
  await dispatcher.stop();
  const plain = syncFigures(rounds.flatMap((one) => one.plain));
  const syncs = median(rounds.map((one) => one.syncs));
  return {
    value: round(median(rounds.map(({ rate }) => rate))),
    rounds: rounds.map(({ rate }) => round(rate)),
    cpuMsPerTask: round(median(rounds.map(({ cpuMs }) => cpuMs))),
    syncsPerTask: round(syncs / TASKS),
    rssMB: round(rounds.at(-1).rss / 1e6),
    plainSyncs: { ...plain, secondsForTheSameNumber: round(syncs / plain.perSecond) },
  };
}

function reportRate(name, figures, judged) {
  report({ name, unit: 'tasks/s', ...figures, tasks: TASKS, inFlight: IN_FLIGHT, ...judged, medium: medium() });
}

/** From process start to the first answer to a client that knocks as soon as it can. */
async function measureStart(place) {
  const samples = [];
  for (let start = 0; start < STARTS; start += 1) {
    let dispatcher;
    let client;
    samples.push(
      await timed(async () => {
        dispatcher = await place.dispatcher();
        client = await place.client();
        await client.list({ limit: 1 });
      }),
    );
    await client.close();
    await dispatcher.stop();
  }
  return median(samples);
}

/** In a process of its own, after its imports. */
function openAlone({ stateDir }) {
  return Number(execFileSync(process.execPath, [openStore, stateDir], { encoding: 'utf8' }));
}
