// How long a store with 100,000 ended tasks takes to open, each time in a process of its own, beside a bare start of node.
// node test/bench/store-startup.mjs [runs] [tasks]   prints one JSON object; needs the build.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { medium } from './support/disk.mjs';
import { isQuick, median, numbersAsked, report, round } from './support/figures.mjs';
import { freshDirectory, seedEnded } from './support/store-places.mjs';
import { LocalStore } from './support/store.mjs';

const program = fileURLToPath(import.meta.url);

export async function startup({ runs, tasks }) {
  const stateDir = freshDirectory('store-startup');
  await seedEnded(stateDir, tasks);
  const samples = Array.from({ length: runs }, () => openElsewhere(stateDir));
  const all = (figure) => samples.map((sample) => sample[figure]);
  const value = median(all('ms'));
  return {
    name: `start-up of a store with ${tasks} ended tasks`,
    unit: 'ms',
    value: round(value),
    minimum: round(Math.min(...all('ms'))),
    cpuMs: round(median(all('cpuMs'))),
    rssMB: round(Math.max(...all('rssMB'))),
    medium: medium(),
    bar: { value: 500 },
    withinBar: value < 500,
    runs,
    command: `node test/bench/store-startup.mjs ${runs} ${tasks}`,
  };
}

function openElsewhere(stateDir) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--open', stateDir], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function openHere(stateDir) {
  const start = performance.now();
  const before = process.cpuUsage();
  const store = new LocalStore({ stateDir, clock: { now: () => Date.now() } });
  await store.open();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  await store.close();
  return { ms, cpuMs: (user + system) / 1000, rssMB: process.memoryUsage().rss / 2 ** 20 };
}

if (process.argv[1] === program) {
  if (process.argv[2] === '--open') console.log(JSON.stringify(await openHere(process.argv[3])));
  else {
    const [runs, tasks] = numbersAsked(isQuick ? 3 : 9, isQuick ? 10_000 : 100_000);
    report(await startup({ runs, tasks }));
  }
}
