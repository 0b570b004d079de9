// One long task with our worker in a session of the fake AgentCore, as a lead agent meets it over every protocol: it hands files
// over, is asked, its dispatcher dies meanwhile, it answers, and collects what was left.
import path from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import type { Config } from '@agent-dispatch/schemas';
import { startFakeAgentCore, workerContainer } from '../fakes/agentcore/index.js';
import { AMBIENT, WEST } from './support/aws.js';
import { startMcp } from './support/mcp.js';
import { Place, repository } from './support/place.js';
import { dispatcherOf } from './support/processes.js';

const TEST_MS = 120_000;
const SERVED = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI' } as const;
type Spoken = keyof typeof SERVED;

const AGENT = path.join(repository, 'test/e2e/support/agents/asking-agent.mjs');

let place: Place;
afterEach(() => place.end(), TEST_MS);

async function start(protocol: Spoken) {
  place = await Place.make(undefined);
  const worker = { agents: { asker: { command: [process.execPath, AGENT], output: 'events' } } };
  const fake = await startFakeAgentCore({
    agents: { researcher: workerContainer(worker).agent },
    regions: [WEST.region],
    credentials: { [WEST.key]: { account: WEST.account, secretAccessKey: WEST.secret } },
    runtimes: [{ name: 'researcher', protocol: SERVED[protocol] }],
  });
  place.atEnd(() => fake.close());
  const url = fake.regionUrl(WEST.region);
  const endpoints = { data: url, control: url, sts: url, ecr: url, iam: url };
  const config: Config = {
    plugins: [`${repository}/plugins/provider-aws`],
    accounts: { west: { provider: 'aws', region: WEST.region, endpoints, credentials: { source: 'environment' } } },
    runtimes: {
      researcher: {
        account: 'west',
        target: { mode: 'session', protocol, details: { runtimeArn: fake.arn('researcher'), worker: true } },
        secrets: { MODEL_KEY: { source: 'environment', name: 'MODEL_KEY' } },
      },
    },
    defaults: { runtime: 'researcher' },
  };
  await place.configure(config);
  return { fake, mcp: await startMcp(place, { env: { ...AMBIENT, MODEL_KEY: 'a-model-key' } }) };
}

it.each<Spoken>(['http', 'a2a', 'mcp', 'ag-ui'])(
  'over %s: inputs go there, its question is answered after a kill, and its artifact comes back',
  async (protocol) => {
    const { fake, mcp } = await start(protocol);
    const { task_id: id } = await mcp.spawn({
      instruction: 'Choose.',
      inputs: [{ path: 'notes.txt', text: 'apples or pears' }],
      artifacts: ['report.txt'],
    });
    const asked = await mcp.call('wait_task', { task_ids: [id], timeout_seconds: 50 });
    expect(asked.attention[0]?.input_requests).toMatchObject([{ question: 'Which one?' }]);
    process.kill((await dispatcherOf(place.path('bin'))).pid, 'SIGKILL');
    expect(await mcp.call('get_task_status', { task_id: id })).toMatchObject({ status: 'input_required' });
    const [{ request_id: requestId } = { request_id: '' }] = asked.attention[0]?.input_requests ?? [];
    const answer = { task_id: id, message: 'pears', request_id: requestId };
    expect(await mcp.client.callTool({ name: 'send_message', arguments: answer })).toMatchObject({
      structuredContent: { receipt: { state: expect.stringMatching(/^(delivered|queued)$/) } },
    });
    expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded', protocol });
    expect(await mcp.logs(id)).toBe('reading apples or pears, before that nothing\n');
    expect(await mcp.call('get_task_result', { task_id: id })).toMatchObject({
      result: 'pears',
      artifacts: [{ name: 'report.txt' }],
    });
    const report = await mcp.call('get_task_result', { task_id: id, artifact: 'report.txt' });
    expect(JSON.stringify(report)).toContain('pears, with a key of 11');
    await fake.when(() => fake.sessions().every(({ state }) => state === 'stopped'));
    expect(fake.sessions()).toMatchObject([{ bootIds: [expect.any(String)] }]);
  },
  TEST_MS,
);
