// How long after an agent prints a line get_task_logs gives it, while the agent runs: a real child of provider-local
// prints the time, a client reads on from its cursor again and again. node test/bench/log-latency.mjs [--quick]
import { isQuick, report, spread } from './support/figures.mjs';
import { within } from './support/place.mjs';

const LINES = isQuick ? 100 : 400;
const EVERY_MS = 25;
const READ_PAUSE_MS = 5;

const agent = `
  let left = ${LINES};
  const timer = setInterval(() => {
    process.stdout.write(Date.now() + '\\n');
    if (--left === 0) clearInterval(timer);
  }, ${EVERY_MS});`;

await within(async (place) => {
  await place.dispatcher();
  const client = await place.client();
  const { task_id } = await client.dispatch({
    provider: 'local',
    account_profile: 'local',
    capability: 'agent-runtime',
    task_type: 'command.run',
    target: { mode: 'runtime', protocol: 'stdio' },
    input: { command: [process.execPath, '-e', agent] },
  });
  const { p50, p99, worst, samples } = spread(await delays(client, task_id));
  report({
    name: 'agent output to readable by get_task_logs, while it runs',
    unit: 'ms',
    value: p99,
    p50,
    worst,
    samples,
    readerPauseMs: READ_PAUSE_MS,
    bar: { p99: 100 },
    withinBar: p99 < 100,
  });
});

async function delays(client, task_id) {
  const samples = [];
  let cursor;
  for (;;) {
    const page = await client.logs({ task_id, ...(cursor !== undefined && { cursor }) });
    const now = Date.now();
    const printed = page.entries.flatMap(({ text }) => text.trim().split('\n')).map(Number);
    samples.push(...printed.map((at) => now - at));
    cursor = page.next_cursor;
    if (samples.length === LINES) return samples;
    if (page.terminal) throw new Error(`the agent ended after ${samples.length} lines`);
    await new Promise((resolve) => setTimeout(resolve, READ_PAUSE_MS));
  }
}
