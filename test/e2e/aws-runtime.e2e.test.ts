// Agent runtimes that are made for tasks, through the tools as shipped, against a fake of the service's network side.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { CollectGarbageOutput, Config, TaskView } from '@agent-dispatch/schemas';
import { type AgentHandler, type AgentRequest, sse } from '../fakes/agentcore/index.js';
import { AMBIENT, type AwsPlace, makeAwsPlace, WEST } from './support/aws.js';
import { jsonOfCli } from './support/cli.js';
import { type McpSession, startMcp } from './support/mcp.js';
import { dispatcherOf } from './support/processes.js';

const TEST_MS = 60_000;
const IMAGE = `${WEST.account}.dkr.ecr.${WEST.region}.amazonaws.com/research@sha256:${'a'.repeat(64)}`;

/** Leaves a file in its session, and tells what it was given. */
async function* research({ directory, environment }: AgentRequest): AsyncGenerator {
  await writeFile(path.join(directory(), 'report.txt'), 'as found');
  yield { text: `depth ${environment['DEPTH'] ?? 'unknown'}\n` };
  yield { result: environment['MODEL_KEY'] === 'a-model-key' };
}

const agent: AgentHandler = (request) => sse(research(request));
const details = { image: IMAGE, roleArn: `arn:aws:iam::${WEST.account}:role/research` };

let aws: AwsPlace;
let mcp: McpSession;
beforeEach(async () => {
  aws = await makeAwsPlace(agent, { [IMAGE]: agent });
  const config = JSON.parse(await aws.place.read('agentdispatch.config.json')) as Config;
  const runtime = (more: Record<string, unknown>): NonNullable<Config['runtimes']>[string] => ({
    account: 'west',
    driver: 'agentcore',
    capability: 'agent-runtime',
    target: { mode: 'runtime', protocol: 'http', details: { ...details, ...more } },
  });
  const secrets = { MODEL_KEY: { source: 'environment', name: 'MODEL_KEY' } as const };
  await aws.place.configure({
    ...config,
    defaults: { runtime: 'own' },
    runtimes: {
      own: { ...runtime({ environment: { DEPTH: '2' } }), secrets },
      kept: runtime({ keepSeconds: 600 }),
      shared: runtime({ shared: true, keepSeconds: 1 }),
    },
  });
  mcp = await startMcp(aws.place, { env: { ...AMBIENT, MODEL_KEY: 'a-model-key' } });
});
afterEach(() => aws.place.end(), TEST_MS);

const made = (): string[] => aws.fake.runtimes.made().map(({ name }) => name);
const cleaned = () => aws.fake.when(() => made().length === 0);

it(
  'one is made for a task with its environment and its secret, and is gone after it',
  async () => {
    const { task_id: id } = await mcp.spawn({ runtime: 'own', instruction: 'Research.' });
    expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded', target_mode: 'runtime' });
    expect(await mcp.call('get_task_result', { task_id: id })).toMatchObject({ result: true });
    expect(await mcp.logs(id)).toContain('depth 2');
    await cleaned();
    expect(aws.fake.sessions()).toMatchObject([{ state: 'stopped', executions: 1 }]);
    expect(aws.fake.log.requests({ operation: 'CreateAgentRuntime' })).toHaveLength(1);
  },
  TEST_MS,
);

it(
  'one is kept for a command that goes on in its session, and gc knows whose it is',
  async () => {
    const { task_id: first } = await mcp.spawn({ runtime: 'kept', instruction: 'Research.' });
    await mcp.ended(first);
    const { task_id: second } = (await mcp.call('dispatch_task', {
      provider: 'aws',
      account_profile: 'west',
      capability: 'agent-runtime',
      task_type: 'command.run',
      target: { mode: 'runtime', protocol: 'http', details },
      input: { command: ['cat', 'report.txt'] },
      continue_from: first,
    })) as TaskView;
    expect(await mcp.ended(second)).toMatchObject({ status: 'succeeded' });
    expect(await mcp.call('get_task_result', { task_id: second })).toMatchObject({ result: 'as found' });
    expect(aws.fake.sessions()).toMatchObject([{ executions: 2, bootIds: [expect.any(String)] }]);
    const gc = await jsonOfCli<CollectGarbageOutput>(aws.place, ['gc']);
    expect(gc.findings.map(({ kind, state }) => [kind, state])).toContainEqual(['agentcore-runtime', 'kept']);
  },
  TEST_MS,
);

it(
  'one is shared by tasks of the same image, and goes with the last of them',
  async () => {
    const tasks = await Promise.all([1, 2, 3].map(() => mcp.spawn({ runtime: 'shared', instruction: 'Research.' })));
    for (const { task_id: id } of tasks) expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
    expect(aws.fake.sessions().map(({ runtimeArn }) => runtimeArn)).toHaveLength(3);
    expect(new Set(aws.fake.sessions().map(({ runtimeArn }) => runtimeArn)).size).toBe(1);
    await cleaned();
  },
  TEST_MS,
);

it(
  'one that is being made when the dispatcher is killed is made once, used once and removed',
  async () => {
    aws.fake.lifecycles.durations.createMs = 3000;
    const { task_id: id } = await mcp.spawn({ runtime: 'own', instruction: 'Research.' });
    await aws.fake.when(() => made().length === 1);
    const [{ arn } = { arn: '' }] = aws.fake.runtimes.made();
    process.kill((await dispatcherOf(aws.place.path('bin'))).pid, 'SIGKILL');
    await mcp.call('get_task_status', { task_id: id });
    expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
    await cleaned();
    expect(aws.fake.sessions()).toMatchObject([{ runtimeArn: arn, executions: 1 }]);
  },
  TEST_MS,
);
