// How long the newest lines of a log take to read, whatever its length: get_task_logs with `tail` over the dispatcher's
// JSON-RPC, for logs of 1 kB, 1 MB and 100 MB in turns. node test/bench/log-tail.mjs [--quick]
import { isQuick, report, round, spread, timed } from './support/figures.mjs';
import { medium } from './support/disk.mjs';
import { storeLogs } from './support/history.mjs';
import { noopTask } from './support/noop-task.mjs';
import { within } from './support/place.mjs';

const READS = isQuick ? 100 : 500;
const TAIL = 50;
const SIZES = { '1 kB': 1e3, '1 MB': 1e6, '100 MB': 1e8 };

await within(async (place) => {
  const first = await place.dispatcher();
  const early = await place.client();
  await early.spawn({ ...noopTask(), wait_seconds: 50 });
  await early.close();
  await first.stop();
  const logs = await storeLogs(place.stateDir, SIZES);

  await place.dispatcher();
  const client = await place.client();
  const samples = Object.fromEntries(Object.keys(SIZES).map((size) => [size, []]));
  for (let read = -20; read < READS; read += 1) {
    for (const [size, task_id] of Object.entries(logs)) {
      const ms = await timed(() => client.logs({ task_id, tail: TAIL }));
      if (read >= 0) samples[size].push(ms);
    }
  }
  const figures = Object.fromEntries(Object.entries(samples).map(([size, values]) => [size, spread(values)]));
  const { p50, p99 } = figures['100 MB'];
  report({
    name: `the newest ${TAIL} lines of a 100 MB log`,
    unit: 'ms',
    value: p50,
    p99,
    ratioTo1MB: round(p50 / figures['1 MB'].p50),
    byLength: figures,
    bar: { value: 5 },
    withinBar: p50 < 5,
    medium: medium(),
  });
});
