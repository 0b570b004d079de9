// A few tasks against a real AWS account, for whoever asks for it: AGENTDISPATCH_LIVE_AWS=1, and the variables below. They cost
// some seconds of one or two sessions, cents at most, and one agent runtime for a few minutes. What they leave behind fails them.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CollectGarbageOutput, Config, TaskView } from '@agent-dispatch/schemas';
import { jsonOfCli } from '../e2e/support/cli.js';
import { type McpSession, startMcp } from '../e2e/support/mcp.js';
import { Place, repository } from '../e2e/support/place.js';

const { env } = process;
const isLive = env['AGENTDISPATCH_LIVE_AWS'] === '1';
/** Region, and profile of the shared AWS configuration files. */
const REGION = env['AGENTDISPATCH_LIVE_AWS_REGION'] ?? '';
const PROFILE = env['AGENTDISPATCH_LIVE_AWS_PROFILE'] ?? 'default';
/** An agent runtime with IAM authorization that speaks HTTP. */
const RUNTIME_ARN = env['AGENTDISPATCH_LIVE_AWS_RUNTIME_ARN'];
/** Image and execution role for agent runtimes that are made. */
const IMAGE = env['AGENTDISPATCH_LIVE_AWS_IMAGE'];
const ROLE_ARN = env['AGENTDISPATCH_LIVE_AWS_ROLE_ARN'];

const TEST_MS = 900_000;
const when = (condition: boolean) => (isLive && condition ? it : it.skip);

let place: Place;
let mcp: McpSession;

const details = (mode: 'session' | 'runtime'): Record<string, unknown> =>
  mode === 'session' ? { runtimeArn: RUNTIME_ARN } : { image: IMAGE, roleArn: ROLE_ARN };

const command = async (mode: 'session' | 'runtime', line: string): Promise<TaskView> => {
  const task = (await mcp.call('dispatch_task', {
    provider: 'aws',
    account_profile: 'live',
    capability: 'agent-runtime',
    task_type: 'command.run',
    target: { mode, protocol: 'http', details: details(mode) },
    input: { command: line, shell: true },
  })) as TaskView;
  return mcp.ended(task.task_id);
};

/** Waits for the end of every release: what is left then would stay. */
async function nothingLeft(): Promise<void> {
  for (;;) {
    const { findings } = await jsonOfCli<CollectGarbageOutput>(place, ['gc']);
    expect(findings.filter(({ state }) => state === 'leaked' || state === 'abandoned')).toEqual([]);
    if (findings.length === 0) return;
    await delay(2000);
  }
}

/** Where AWS's files, and private endpoints if any, are. */
function locations(): Record<string, string> {
  const { HOME = '' } = env;
  const files = { AWS_CONFIG_FILE: `${HOME}/.aws/config`, AWS_SHARED_CREDENTIALS_FILE: `${HOME}/.aws/credentials` };
  const given = Object.entries(env).filter(([name]) =>
    /^AWS_(CONFIG_FILE|SHARED_CREDENTIALS_FILE|ENDPOINT_URL.*)$/.test(name),
  );
  return { ...files, ...(Object.fromEntries(given) as Record<string, string>) };
}

(isLive ? describe : describe.skip)('a real AWS account', () => {
  beforeAll(async () => {
    const runtime = (mode: 'session' | 'runtime'): NonNullable<Config['runtimes']>[string] => ({
      account: 'live',
      driver: 'agentcore',
      capability: 'agent-runtime',
      target: { mode, protocol: 'http', details: details(mode) },
    });
    const credentials = { source: 'profile', profile: PROFILE };
    place = await Place.make({
      plugins: [path.join(repository, 'plugins/provider-aws')],
      accounts: { live: { provider: 'aws', region: REGION, credentials } },
      runtimes: { ...(RUNTIME_ARN && { there: runtime('session') }), ...(IMAGE && { made: runtime('runtime') }) },
    });
    mcp = await startMcp(place, { env: locations() });
  }, TEST_MS);
  afterAll(async () => {
    await nothingLeft();
    await place.end();
  }, TEST_MS);

  when(RUNTIME_ARN !== undefined)(
    'runs an agent in a session',
    async () => {
      const { task_id: id } = await mcp.spawn({ runtime: 'there', instruction: 'Say hello in one word.' });
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
    },
    TEST_MS,
  );

  when(RUNTIME_ARN !== undefined)(
    'runs commands in sessions, and tells how they ended',
    async () => {
      expect(await command('session', 'echo größe; echo oh >&2')).toMatchObject({ status: 'succeeded' });
      expect(await command('session', 'exit 3')).toMatchObject({ status: 'failed', error: { code: 'AD_TASK_FAILED' } });
    },
    TEST_MS,
  );

  when(IMAGE !== undefined && ROLE_ARN !== undefined)(
    'makes an agent runtime, runs a command in it, and removes it',
    async () => {
      expect(await command('runtime', 'true')).toMatchObject({ status: 'succeeded' });
    },
    TEST_MS,
  );
});
