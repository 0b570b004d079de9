// What many who wait cost a dispatcher in which nothing happens: processor time and memory with 10,000 open waits, for one
// task and for 10,000, beside the same tasks without them; and how soon all of them hear of the end of their one task.
// No-op driver. node test/bench/waiters.mjs [--quick]
import { setMaxListeners } from 'node:events';
import { isQuick, median, report, round, timed } from './support/figures.mjs';
import { medium } from './support/disk.mjs';
import { noopTask, spawnMany } from './support/noop-task.mjs';
import { within } from './support/place.mjs';

const WAITERS = isQuick ? 2_000 : 10_000;
const LOOKS = isQuick ? 3 : 5;
/** So often a dispatcher reads what is waited for, whatever happens: each look has one of these in it. */
const POLL_MS = 5_000;
/** What 10,000 tasks and waits leave behind is collected and written by then. */
const SETTLE_MS = isQuick ? 5_000 : 20_000;
/** Longer than the measurement. */
const WAIT_SECONDS = 600;

await within(async (place) => {
  const dispatcher = await place.dispatcher();
  const client = await place.client();
  const [one] = await spawnMany([client], { count: 1, inFlight: 1, input: noopTask('never') });
  const waiting = (taskOf) =>
    Array.from({ length: WAITERS }, (_, index) =>
      client.wait({ task_ids: [taskOf(index).task_id], timeout_seconds: WAIT_SECONDS }),
    );
  const alone = await idle(dispatcher);
  const onOne = waiting(() => one);
  const withOne = await idle(dispatcher);
  const heard = await timed(async () => {
    await client.cancel({ task_id: one.task_id });
    await Promise.all(onOne);
  });

  const tasks = await spawnMany([client], { count: WAITERS, inFlight: 64, input: noopTask('never') });
  const running = await idle(dispatcher);
  const ends = new AbortController();
  setMaxListeners(WAITERS, ends.signal);
  const onMany = tasks.map(({ task_id }) =>
    client.wait({ task_ids: [task_id], timeout_seconds: WAIT_SECONDS }, { signal: ends.signal }),
  );
  const withMany = await idle(dispatcher);
  ends.abort();
  await Promise.all(onMany);

  const figures = (waited, before) => ({
    withoutWaitsPercent: round(before.cpuPercent),
    MBForWaits: round((waited.rss - before.rss) / 1e6),
  });
  report({
    name: `${WAITERS} open waits on one task`,
    unit: '% of one processor',
    value: round(withOne.cpuPercent),
    ...figures(withOne, alone),
    allHeardOfItsEndMs: round(heard),
    bar: { value: 1 },
    withinBar: withOne.cpuPercent < 1,
    medium: medium(),
  });
  report({
    name: `${WAITERS} open waits on as many tasks`,
    unit: '% of one processor',
    value: round(withMany.cpuPercent),
    ...figures(withMany, running),
    bar: { value: 1 },
    withinBar: withMany.cpuPercent < 1,
    medium: medium(),
  });
});

/** After what came before has settled: of several looks the middle one, for garbage collections fall on single ones. */
async function idle(dispatcher) {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const shares = [];
  let before = await dispatcher.look();
  for (let look = 0; look < LOOKS; look += 1) {
    const ms = await timed(() => new Promise((resolve) => setTimeout(resolve, POLL_MS)));
    const after = await dispatcher.look();
    shares.push(((after.cpuMs - before.cpuMs) / ms) * 100);
    before = after;
  }
  return { cpuPercent: median(shares), rss: before.rss };
}
