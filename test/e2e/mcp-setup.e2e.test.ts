// What `agentdispatch mcp setup` wrote, started as each client starts it: with the variables that this client lets through,
// and from a directory that has nothing to do with it. A secret of the agent tells whether its name went the whole way.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { parse as parseToml } from '@decimalturn/toml-patch';
import { parse as parseYaml } from 'yaml';
import type { TaskView, WaitTaskOutput } from '@agent-dispatch/schemas';
import { runCli } from './support/cli.js';
import { Place } from './support/place.js';

const TEST_MS = 120_000;

interface Entry {
  command: string;
  args: string[];
  env?: Record<string, string>;
  env_vars?: string[];
}
type Environment = Record<string, string>;

/** Measured with the clients themselves; Hermes by its source. */
const CLIENTS: Record<string, { file: string; read: (text: string) => Entry; passes?: string[] }> = {
  'claude-code': {
    file: '.claude.json',
    read: (text) => (JSON.parse(text) as { mcpServers: { agentdispatch: Entry } }).mcpServers.agentdispatch,
  },
  codex: {
    file: '.codex/config.toml',
    read: (text) => (parseToml(text) as { mcp_servers: { agentdispatch: Entry } }).mcp_servers.agentdispatch,
    passes: ['HOME', 'PATH', 'TMPDIR'],
  },
  openclaw: {
    file: '.openclaw/openclaw.json',
    read: (text) => (JSON.parse(text) as { mcp: { servers: { agentdispatch: Entry } } }).mcp.servers.agentdispatch,
    passes: ['HOME', 'PATH'],
  },
  hermes: {
    file: '.hermes/config.yaml',
    read: (text) => (parseYaml(text) as { mcp_servers: { agentdispatch: Entry } }).mcp_servers.agentdispatch,
    passes: ['HOME', 'PATH', 'TMPDIR'],
  },
};

/** A reference to what is not set stays as it stands, as with OpenClaw and Hermes. */
function environmentOf({ env = {}, env_vars: names = [] }: Entry, outer: Environment, passes?: string[]): Environment {
  const letThrough = Object.entries(outer).filter(
    ([name]) => (passes ?? [name]).includes(name) || names.includes(name),
  );
  const filled = Object.entries(env).map(([name, value]) => [
    name,
    value.replace(/^\$\{(.*)\}$/, (reference, variable: string) => outer[variable] ?? reference),
  ]);
  return Object.fromEntries([...letThrough, ...filled]) as Environment;
}

let place: Place;
beforeEach(async () => {
  place = await Place.make(undefined);
  const command = [process.execPath, '-e', 'console.log("a key of", process.env.KEY.length)'];
  await place.configure({
    accounts: { here: { provider: 'local' } },
    runtimes: {
      agent: {
        account: 'here',
        target: { mode: 'runtime', protocol: 'stdio', details: { command } },
        secrets: { KEY: { source: 'environment', name: 'MODEL_KEY' } },
      },
    },
    defaults: { runtime: 'agent' },
  });
});
afterEach(() => place.end(), TEST_MS);

/** @returns how the task ended that the client handed over. */
async function delegate(client: string, outer: Environment): Promise<TaskView | undefined> {
  const { file, read, passes } = CLIENTS[client] ?? { file: '', read: JSON.parse };
  const entry = read(await place.read(file)) as Entry;
  const { command, args } = entry;
  const env = environmentOf(entry, outer, passes);
  const mcp = new Client({ name: client, version: '1.0.0' });
  place.atEnd(() => mcp.close());
  await mcp.connect(new StdioClientTransport({ command, args, cwd: '/', env, stderr: 'ignore' }), { timeout: TEST_MS });
  const call = async (name: string, input: Record<string, unknown>): Promise<unknown> =>
    (await mcp.callTool({ name, arguments: input }, { timeout: TEST_MS })).structuredContent;
  const { task_id: id } = (await call('spawn_cloud_agent', { instruction: 'Go.' })) as TaskView;
  return ((await call('wait_task', { task_ids: [id], timeout_seconds: 50 })) as WaitTaskOutput).done[0];
}

describe('a client that was set up', () => {
  it.each(Object.keys(CLIENTS))(
    '%s starts the server, and a variable whose name alone was written reaches the agent',
    async (client) => {
      const outer = { ...place.env, MODEL_KEY: 'a-model-key' };
      expect(await runCli(place, ['mcp', 'setup', client, '--write'], { env: outer })).toMatchObject({ code: 0 });
      expect(await place.read(CLIENTS[client]?.file ?? '')).not.toContain('a-model-key');
      expect(await delegate(client, outer)).toMatchObject({ status: 'succeeded', result: 'a key of 11\n' });
    },
    TEST_MS,
  );

  it(
    'openclaw with a variable that is set no more gives the agent no reference instead of a key',
    async () => {
      await runCli(place, ['mcp', 'setup', 'openclaw', '--write'], { env: { MODEL_KEY: 'a-model-key' } });
      expect(await delegate('openclaw', place.env)).toMatchObject({
        status: 'failed',
        error: { code: 'AD_CONFIG_SECRET_UNRESOLVED' },
      });
    },
    TEST_MS,
  );
});
