// How long 500 calls take that lead agents make in the same moment on one stdio server, each from the first byte sent to
// its answer: looks at tasks alone, every kind of reading call in turns, looks beside 500 waits that stay open; and, told
// without a bar, 500 tasks handed over, each of which is synced and run. No-op driver, server and dispatcher warm. Told
// beside it: the same calls to a server on the same SDK that does nothing at all.
// node test/bench/mcp-concurrent.mjs [--quick]
import { fileURLToPath } from 'node:url';
import { isQuick, median, report, spread, timed } from './support/figures.mjs';
import { medium } from './support/disk.mjs';
import { McpClient } from './support/mcp-client.mjs';
import { noopTask } from './support/noop-task.mjs';
import { mcpServer, within } from './support/place.mjs';

const bareServer = fileURLToPath(new URL('support/bare-mcp-server.mjs', import.meta.url));
const AT_ONCE = 500;
const ROUNDS = isQuick ? 5 : 20;
/** Rounds until both processes run what they compiled. */
const WARM = 10;
const BAR_MS = 50;

let bareMs;

await within(async (place) => {
  const bare = new McpClient(place.start([bareServer], { stdio: ['pipe', 'pipe', 'inherit'] }));
  await bare.initialize();
  const nothing = () => ['nothing', { task_id: 'none' }];
  bareMs = await measure(bare, 'a bare server', nothing, { hasBar: false });
  await place.dispatcher();
  const server = place.start([mcpServer, '--config', place.configFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lead = new McpClient(server);
  await lead.initialize();
  const tasks = [];
  for (let task = 0; task < 100; task += 1) tasks.push(await lead.call('spawn_cloud_agent', noopTask()));
  const idOf = (call) => tasks[call % tasks.length].task_id;
  await lead.call('wait_task', { task_ids: tasks.slice(-20).map(({ task_id }) => task_id) });

  const status = (call) => ['get_task_status', { task_id: idOf(call) }];
  const reads = [
    status,
    (call) => ['wait_task', { task_ids: [idOf(call)] }],
    (call) => ['get_task_result', { task_id: idOf(call) }],
    () => ['list_tasks', { limit: 5 }],
    (call) => ['get_task_logs', { task_id: idOf(call) }],
  ];
  await measure(lead, 'get_task_status', status);
  await measure(lead, 'status, wait for what has ended, result, list and logs in turns', (call) =>
    reads[call % reads.length](call),
  );

  const { task_id: open } = await lead.call('spawn_cloud_agent', noopTask('never'));
  const waits = Array.from({ length: AT_ONCE }, () =>
    lead.call('wait_task', { task_ids: [open], timeout_seconds: 50 }),
  );
  await measure(lead, 'get_task_status beside 500 open waits', status);
  await lead.call('cancel_task', { task_id: open });
  await Promise.all(waits);

  await measure(lead, 'spawn_cloud_agent', () => ['spawn_cloud_agent', noopTask()], { hasBar: false });
});

async function measure(lead, kind, callOf, { hasBar = true } = {}) {
  const round = () =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, call) => timed(() => lead.call(...callOf(call)))));
  for (let warm = 0; warm < WARM; warm += 1) await round();
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) rounds.push(await round());
  const { p50, p99, worst, samples } = spread(rounds.flat());
  // What else the machine does falls on single rounds.
  const byRound = rounds.map((one) => spread(one).p99);
  report({
    name: `${AT_ONCE} calls at once on one MCP stdio server: ${kind}`,
    unit: 'ms p99',
    value: p99,
    p50,
    worst,
    medianRound: median(byRound),
    bestRound: Math.min(...byRound),
    samples,
    ...(bareMs !== undefined && { timesBare: p99 / bareMs }),
    ...(hasBar && { bar: { value: BAR_MS }, withinBar: p99 < BAR_MS }),
    medium: medium(),
  });
  return p99;
}
