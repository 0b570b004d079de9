// What many running tasks cost: memory, looks and idle processor time of a dispatcher with 10,000, and how soon all of
// 1,000 are followed again after its kill -9. No-op driver. node test/bench/running-tasks.mjs [--quick]
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isQuick, median, report, round, spread, timed } from './support/figures.mjs';
import { medium, plainSyncs, syncFigures } from './support/disk.mjs';
import { noopTask, spawnMany, until } from './support/noop-task.mjs';
import { within } from './support/place.mjs';

const RUNNING = isQuick ? 2_000 : 10_000;
const RESTARTED = 1_000;
const LOOKS = isQuick ? 200 : 1_000;
const IDLE_SECONDS = isQuick ? 5 : 15;
const KILLS = isQuick ? 2 : 5;

await within(runningAtOnce);
await within(killedAndFollowedAgain);

async function runningAtOnce(place) {
  const dispatcher = await place.dispatcher();
  const client = await place.client();
  const before = await dispatcher.look();
  const tasks = await spawnRunning(client, RUNNING);
  const looks = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const { task_id } = tasks[Math.floor((look * tasks.length) / LOOKS)];
    looks.push(await timed(() => client.get({ task_id })));
  }
  const { rss, heapUsed } = await settled(dispatcher);
  const idle = await idleShare(dispatcher);
  const status = spread(looks);
  report({
    name: `${RUNNING} running tasks in one dispatcher`,
    unit: 'MB RSS',
    value: round(rss / 1e6),
    withoutTasksMB: round(before.rss / 1e6),
    heapMB: round(heapUsed / 1e6),
    status,
    idleCpuPercent: round(idle * 100),
    bar: { value: 400, statusP99: 20, idleCpuPercent: 1 },
    withinBar: rss < 400e6 && status.p99 < 20 && idle < 0.01,
    medium: medium(),
  });
}

async function killedAndFollowedAgain(place) {
  let dispatcher = await place.dispatcher();
  const client = await place.client();
  await spawnRunning(client, RESTARTED);
  await client.close();
  const samples = [];
  const plain = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = followedIn(place).length;
    let door;
    samples.push(
      await timed(async () => {
        await dispatcher.kill();
        dispatcher = await place.dispatcher();
        // A front door starts it in life, and tells it its environment: before that no task is taken up.
        door = await place.client();
        await until(
          async () => new Set(followedIn(place).slice(before)).size,
          (followed) => followed === RESTARTED,
          5,
        );
      }),
    );
    await door.close();
    const { datasyncs, syncs } = await dispatcher.look();
    plain.push(...(await plainSyncs(datasyncs + syncs, 2_000)));
  }
  report({
    name: `kill -9 with ${RESTARTED} running tasks to all followed again`,
    unit: 'ms',
    value: round(median(samples)),
    worst: round(Math.max(...samples)),
    samples: samples.length,
    bar: { value: 2000 },
    withinBar: Math.max(...samples) < 2000,
    plainSyncs: { ...syncFigures(plain), inEachStart: plain.length / KILLS },
    medium: medium(),
  });
}

async function spawnRunning(client, count) {
  const tasks = await spawnMany([client], { count, inFlight: 64, input: noopTask('never') });
  await until(
    () => client.list({ status: ['queued', 'provisioning', 'starting'], limit: 1 }),
    ({ tasks: waiting }) => waiting.length === 0,
  );
  return tasks;
}

/** Once what was made on the way is collected or written. */
async function settled(dispatcher) {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  return await dispatcher.look();
}

/** Of one processor. */
async function idleShare(dispatcher) {
  const before = await dispatcher.look();
  const ms = await timed(() => new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000)));
  const after = await dispatcher.look();
  return (after.cpuMs - before.cpuMs) / ms;
}

/** Ids of the tasks that the driver has followed, once for each time. */
function followedIn({ stateDir }) {
  return readFileSync(path.join(stateDir, 'providers', 'bench', 'followed'), 'utf8')
    .split('\n')
    .slice(0, -1);
}
