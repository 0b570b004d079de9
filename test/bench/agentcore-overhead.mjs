// What our way to an agent on AgentCore adds to a bare call of the AWS SDK: 200 sessions at once, each invoking the same agent
// by turns through the provider's channel and by the SDK alone. node test/bench/agentcore-overhead.mjs [rounds] [--quick]
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BedrockAgentCoreClient, InvokeAgentRuntimeCommand } from '@aws-sdk/client-bedrock-agentcore';
import plugin from '@agent-dispatch/provider-aws';
import { isQuick, median, numbersAsked, report, round, spread, timed } from './support/figures.mjs';

const SESSIONS = 200;
const [rounds] = numbersAsked(isQuick ? 3 : 10);
/** Between two calls of one session: the processor shall not be what is measured. */
const PAUSE_MS = 3_000;
const ARN = 'arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/echo-Ab12Cd34Ef';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'example-of-a-secret-access-key' };

const server = spawn(process.execPath, [fileURLToPath(new URL('support/echo-agent.mjs', import.meta.url))], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
const [endpoint] = await once(server, 'message');

const sdk = new BedrockAgentCoreClient({
  region: 'us-west-2',
  endpoint,
  credentials: { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
  maxAttempts: 1,
  requestHandler: { httpAgent: { keepAlive: false, maxSockets: Infinity } },
});
const provider = await plugin.create({ resolve: () => ({ create: (_code, message) => new Error(message) }) });
const driver = provider.drivers.agentcore;

const samples = { ours: [], bare: [] };
const payload = JSON.stringify({ prompt: 'hello' });
await Promise.all(Array.from({ length: SESSIONS }, (_, index) => session(index)));
server.kill();

const overhead = median(samples.ours) - median(samples.bare);
report({
  name: `agentcore: overhead of an invocation over the SDK, ${SESSIONS} sessions at once`,
  unit: 'ms between the medians',
  value: round(overhead),
  ours: spread(samples.ours),
  sdk: spread(samples.bare),
  bar: { value: 10 },
  withinBar: overhead < 10,
});
await provider.close?.();
sdk.destroy();

async function session(index) {
  const { handle, context } = attempt(index);
  const channel = driver.channel(handle, context);
  const ours = async () => (await channel.fetch('/invocations', request(context.signal))).text();
  const bare = async () => {
    const answer = await sdk.send(
      new InvokeAgentRuntimeCommand({
        agentRuntimeArn: ARN,
        runtimeSessionId: `bench-session-of-the-sdk-alone-${String(index).padStart(8, '0')}`,
        qualifier: 'DEFAULT',
        contentType: 'application/json',
        payload,
      }),
    );
    return answer.response.transformToString();
  };
  await sleep((index / SESSIONS) * PAUSE_MS);
  // The first call of each loads modules and resolves credentials.
  await ours();
  await bare();
  for (let turn = 0; turn < rounds; turn += 1) {
    const order = (turn + index) % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours'];
    for (const name of order) {
      await sleep(PAUSE_MS / 2);
      samples[name].push(await timed(name === 'ours' ? ours : bare));
    }
  }
}

function request(signal) {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: payload, signal };
}

function attempt(index) {
  const quiet = () => undefined;
  const task = {
    installationId: 'inst-bench',
    taskId: `task_${String(index).padStart(26, '0')}`,
    attempt: 1,
    account: {
      name: 'bench',
      provider: 'aws',
      settings: { region: 'us-west-2', credentials: { source: 'environment' } },
    },
    deadline: Date.now() + 3_600_000,
    directory: '/nowhere',
  };
  const target = { mode: 'session', protocol: 'http', details: { runtimeArn: ARN } };
  const asked = { taskType: 'agent.run', input: { instruction: 'hello' }, target };
  const context = {
    ...task,
    request: { ...asked, account: 'bench', capability: 'agent-runtime', limits: {}, retry: {} },
    signal: new AbortController().signal,
    clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }) },
    logger: { debug: quiet, info: quiet, warn: quiet },
    redactor: { text: (text) => text },
    environment: { ...KEYS, AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: endpoint },
    secrets: {},
    pace: async () => undefined,
  };
  return { handle: driver.plan(context.request, task), context };
}
