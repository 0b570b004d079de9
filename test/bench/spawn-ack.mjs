// How long a lead agent waits for spawn_cloud_agent to answer over MCP stdio: the task is on the disk then. One call at a
// time, server and dispatcher warm, no-op driver. node test/bench/spawn-ack.mjs [--quick]
import { isQuick, report, spread, timed } from './support/figures.mjs';
import { medium, plainSyncs, syncFigures } from './support/disk.mjs';
import { McpClient } from './support/mcp-client.mjs';
import { noopTask } from './support/noop-task.mjs';
import { mcpServer, within } from './support/place.mjs';

const ROUNDS = isQuick ? 2 : 5;
const CALLS = 200;
/** About what one accepted task adds to the journal. */
const RECORD_BYTES = 1500;

await within(async (place) => {
  await place.dispatcher();
  const server = place.start([mcpServer, '--config', place.configFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lead = new McpClient(server);
  await lead.initialize();
  const spawnTasks = async (count) => {
    const samples = [];
    for (let call = 0; call < count; call += 1) {
      samples.push(await timed(() => lead.call('spawn_cloud_agent', noopTask())));
    }
    return samples;
  };
  await spawnTasks(300); // warms both processes
  const calls = [];
  const syncs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    syncs.push(...(await plainSyncs(CALLS, RECORD_BYTES)));
    calls.push(...(await spawnTasks(CALLS)));
  }
  const { p50, p99, worst, samples } = spread(calls);
  report({
    name: 'durable acknowledgement of spawn_cloud_agent over MCP stdio, warm',
    unit: 'ms',
    value: p50,
    p99,
    worst,
    samples,
    bar: { p50: 5, p99: 25 },
    withinBar: p50 < 5 && p99 < 25,
    plainSyncs: syncFigures(syncs),
    medium: medium(),
  });
});
