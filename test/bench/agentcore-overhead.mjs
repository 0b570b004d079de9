// What our channel to an agent on AgentCore costs beyond the AWS SDK's own send: 200 sessions at once, each with one call in
// flight at all times, by turns with the SDK as it comes, with the SDK on a fresh connection for each call (as the channel
// does it, because a kept one that the service has closed fails like a lost answer), and over the channel. All three go
// through the same seconds of the same two processes to the same fake; the agent takes two seconds, so that neither is busy.
// Measured: from the call to the last byte of the answer. node test/bench/agentcore-overhead.mjs [--quick]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BedrockAgentCoreClient, InvokeAgentRuntimeCommand } from '@aws-sdk/client-bedrock-agentcore';
import plugin from '@agent-dispatch/provider-aws';
import { isQuick, median, quantile, report, round } from './support/figures.mjs';

const SESSIONS = 200;
const AGENT_MS = 2_000;
const ROUNDS = isQuick ? 1 : 6;
const BAR_MS = 10;
const KEY = { accessKeyId: 'FAKEACCESSKEY1', secretAccessKey: 'not-a-secret-1' };
const PAYLOAD = JSON.stringify({ prompt: 'x'.repeat(1_000) });
const HOUR_MS = 3_600_000;

const at = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const { url, arn, close } = await startFake();

const ways = {
  sdk: sdkWay({ maxSockets: Infinity }),
  'sdk on fresh connections': sdkWay({ maxSockets: Infinity, keepAlive: false }),
  channel: await channelWay(),
};
const names = Object.keys(ways);
const samples = Object.fromEntries(names.map((name) => [name, []]));

// Warm: clients loaded, sessions there.
await round200(() => undefined);
await round200((name, ms) => samples[name].push(ms));
await close();

const p50 = Object.fromEntries(names.map((name) => [name, median(samples[name])]));
const over = p50.channel - p50.sdk;
report({
  name: `AgentCore channel over the AWS SDK's own send, ${SESSIONS} sessions at once`,
  unit: 'ms',
  value: round(over),
  ratio: round(p50.channel / p50.sdk),
  overFreshConnections: round(p50.channel - p50['sdk on fresh connections']),
  p50: rounded(p50),
  p90: rounded(Object.fromEntries(names.map((name) => [name, quantile(samples[name], 0.9)]))),
  agentMs: AGENT_MS,
  samples: samples.channel.length,
  bar: { p50: BAR_MS },
  withinBar: over < BAR_MS,
});
// Connections that are kept would hold it.
process.exit(0);

/** Each session calls by each way in turn, beginning with another one than its neighbour, at another moment. */
async function round200(tell) {
  const session = async (number) => {
    await new Promise((resolve) => setTimeout(resolve, (number * AGENT_MS) / SESSIONS));
    for (let turn = 0; turn < ROUNDS * names.length; turn += 1) {
      const name = names[(turn + number) % names.length];
      const begun = performance.now();
      await ways[name](number);
      tell(name, performance.now() - begun - AGENT_MS);
    }
  };
  await Promise.all(Array.from({ length: SESSIONS }, (_, number) => session(number)));
}

function sdkWay(agent) {
  const client = new BedrockAgentCoreClient({
    region: 'us-west-2',
    endpoint: url,
    credentials: KEY,
    maxAttempts: 1,
    requestHandler: { httpAgent: agent },
  });
  return async (number) => {
    const { response } = await client.send(
      new InvokeAgentRuntimeCommand({
        agentRuntimeArn: arn,
        qualifier: 'DEFAULT',
        runtimeSessionId: `session-of-the-sdk-${String(number).padStart(20, '0')}`,
        contentType: 'application/json',
        payload: Buffer.from(PAYLOAD),
      }),
    );
    await response.transformToString();
  };
}

/** As the host opens it: one for each task, a request of the protocol driver over it. */
async function channelWay() {
  const errors = { create: (_code, message, more) => Object.assign(new Error(message), more) };
  const provider = await plugin.create({ resolve: () => errors });
  const channels = Array.from({ length: SESSIONS }, (_, number) => channelOf(provider.drivers.agentcore, number));
  return async (number) => {
    const { channel, signal } = channels[number];
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    await (await channel.fetch('/invocations', { method: 'POST', headers, body: PAYLOAD, signal })).text();
  };
}

function channelOf(driver, number) {
  const { signal } = new AbortController();
  const context = {
    installationId: 'bench',
    taskId: `task_${number}`,
    attempt: 1,
    account: {
      name: 'bench',
      provider: 'aws',
      settings: {
        region: 'us-west-2',
        endpoints: { data: url, control: url, sts: url },
        credentials: { source: 'environment' },
      },
    },
    environment: { AWS_ACCESS_KEY_ID: KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey },
    deadline: Date.now() + HOUR_MS,
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'bench',
      target: { mode: 'session', protocol: 'http', details: { runtimeArn: arn } },
      input: { instruction: 'work' },
      limits: {},
      retry: {},
    },
    signal,
    secrets: {},
    clock: { now: Date.now, sleep: sleeping },
  };
  return { channel: driver.channel(driver.plan(context.request, context), context), signal };
}

/** As the engine's clock. */
function sleeping(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms).unref();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

async function startFake() {
  const args = ['--import', at('./support/typescript.mjs'), at('./support/fake-agentcore.mjs'), String(AGENT_MS)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const close = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { ...JSON.parse(line), close };
}

function rounded(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value)]));
}
