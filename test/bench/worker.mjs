// What a worker costs: its cold start beside a bare `node -e 0`, its memory, also while an agent floods it, and a hundred runs
// at once. node test/bench/worker.mjs [starts] [--quick]
import { spawn } from 'node:child_process';
import { isQuick, median, numbersAsked, report, round, spread, timed } from './support/figures.mjs';
import { medium } from './support/disk.mjs';
import { within } from './support/place.mjs';
import { startWorker } from './support/worker.mjs';

const [starts] = numbersAsked(isQuick ? 5 : 15);
const FLOOD_BYTES = isQuick ? 100_000_000 : 1_000_000_000;
const RUNS = 100;

for (const protocol of ['http', 'a2a', 'mcp', 'ag-ui']) await within((place) => coldStart(place, protocol));
await within(flooded);
await within(runsAtOnce);

async function coldStart(place, protocol) {
  const samples = { worker: [], node: [] };
  await start(place, protocol); // fills the file cache
  for (let count = 0; count < starts; count += 1) {
    samples.node.push(await timed(bareNode));
    samples.worker.push(await timed(() => start(place, protocol)));
  }
  const ratio = median(samples.worker) / median(samples.node);
  report({
    name: `worker: process start to first ping answered (${protocol})`,
    unit: 'ms',
    value: round(median(samples.worker)),
    bareNode: round(median(samples.node)),
    ratio: round(ratio),
    bar: { ratio: 2.5 },
    withinBar: ratio <= 2.5,
    samples: starts,
  });
}

async function start(place, protocol) {
  const worker = await startWorker(place, { protocol });
  await worker.ping();
  await worker.kill();
}

function bareNode() {
  return new Promise((resolve, reject) => {
    spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }).once('error', reject).once('exit', resolve);
  });
}

async function flooded(place) {
  const worker = await startWorker(place, { isMeasured: true });
  await worker.ping();
  const idle = (await worker.look()).rss;
  let highest = idle;
  let isOver = false;
  const run = worker.run(`yes 0123456789abcdef | head -c ${FLOOD_BYTES}`).finally(() => (isOver = true));
  while (!isOver) {
    highest = Math.max(highest, (await worker.look()).rss);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { outcome } = await run;
  report({
    name: `worker: memory while one run prints ${FLOOD_BYTES / 1e6} MB`,
    unit: 'MB RSS',
    value: round(highest / 1e6),
    idleMB: round(idle / 1e6),
    outcome,
    bar: { value: 80 },
    withinBar: highest < 80e6 && outcome === 'succeeded',
    medium: medium(),
  });
  await worker.remove();
}

async function runsAtOnce(place) {
  const worker = await startWorker(place, { isMeasured: true });
  const samples = [];
  let highest = 0;
  const all = await timed(async () => {
    const runs = Array.from({ length: RUNS }, async () => {
      let end;
      samples.push(await timed(async () => (end = await worker.run('echo working; sleep 1; echo done'))));
      if (end.outcome !== 'succeeded') throw new Error(`a run ended ${end.outcome}`);
    });
    const looks = setInterval(() => void worker.look().then(({ rss }) => (highest = Math.max(highest, rss))), 100);
    await Promise.all(runs).finally(() => clearInterval(looks));
  });
  report({
    name: `worker: ${RUNS} runs of a second at once`,
    unit: 'ms until all have ended',
    value: round(all),
    run: spread(samples),
    rssMB: round(highest / 1e6),
    medium: medium(),
  });
  await worker.remove();
}
