// From an empty home and a registry to a working installation, and plugins that come after it.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CliEnd, jsonOfCli, runCli } from './support/cli.js';
import { startMcp } from './support/mcp.js';
import { Place } from './support/place.js';
import { driverCode, writePlugin } from './support/plugins.js';
import { npm, publishAll, type Registry, startRegistry } from './support/registry.js';

const TEST_MS = 180_000;
const AWS = '@agent-dispatch/provider-aws';

let place: Place;
let registry: Registry;
let program: string;

beforeAll(async () => {
  place = await Place.make(undefined);
  registry = await startRegistry(place);
  await publishAll(registry);
  await npm(place, ['install', '--global', '--prefix', place.path('global'), '@agent-dispatch/cli']);
  program = place.path('global/lib/node_modules/@agent-dispatch/cli/bin/agentdispatch.js');
}, TEST_MS);
afterAll(() => place.end(), TEST_MS);

const agentdispatch = (...args: string[]): Promise<CliEnd> => runCli(place, args, { program });

/** What the installer left of a package: its entry in the record of plugins, its folder. */
async function tracesOf(name: string): Promise<string[]> {
  const record = await place.read('.local/share/agentdispatch/package.json');
  const folder = `.local/share/agentdispatch/node_modules/${name}`;
  return [...(record.includes(`"${name}"`) ? ['record'] : []), ...(existsSync(place.path(folder)) ? ['folder'] : [])];
}

describe('the command line, installed globally', () => {
  it(
    'tells its version and runs a command with what it brings along',
    async () => {
      expect(await agentdispatch('--version')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/\d+\.\d+\.\d+/),
      });
      const run = await agentdispatch('run', '--command', '--wait', '--', process.execPath, '-e', 'console.log(6 * 7)');
      expect(run).toMatchObject({ code: 0, stdout: '42\n' });
      const spoken = await agentdispatch('run', 'Hello.', '--protocol', 'a2a', '--set', 'command=cat', '--wait');
      expect(spoken).toMatchObject({ code: 0, stdout: 'Hello.' });
      // Its state is not where the configuration below will have it.
      expect(await place.stopDispatcher()).toBe(true);
    },
    TEST_MS,
  );
});

describe('a provider installed as a plugin', () => {
  it(
    'is found by the command line and by the MCP server, which is started by itself',
    async () => {
      const { code, stdout, stderr } = await agentdispatch('plugins', 'install', AWS);
      expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
      expect(await agentdispatch('plugins', 'list')).toMatchObject({ code: 0, stdout: expect.stringContaining(AWS) });

      const details = { runtimeArn: 'arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/researcher-abcdefghij' };
      await place.configure({
        accounts: { dev: { provider: 'aws', region: 'us-west-2' } },
        runtimes: {
          researcher: { account: 'dev', driver: 'agentcore', target: { mode: 'session', protocol: 'http', details } },
        },
      });
      const usable = { runtimes: [{ name: 'researcher', usable: true }], providers: expect.anything() };
      const aws = expect.objectContaining({ provider: 'aws', package: AWS, state: 'ready' });
      const byCli = await jsonOfCli(place, ['runtimes'], { program });
      expect(byCli).toMatchObject({ ...usable, providers: expect.arrayContaining([aws]) });

      const cli = createRequire(path.join(path.dirname(program), '../package.json'));
      const server = path.join(
        path.dirname(cli.resolve('@agent-dispatch/mcp-server/package.json')),
        'bin/agentdispatch-mcp.js',
      );
      const mcp = await startMcp(place, { program: server });
      const byMcp = await mcp.call('list_runtimes');
      expect(byMcp).toMatchObject({ ...usable, providers: expect.arrayContaining([aws]) });
      await mcp.close();
    },
    TEST_MS,
  );

  it(
    'has none of its install scripts run',
    async () => {
      const mark = place.path('ran');
      const script = `node -e "require('fs').writeFileSync(${JSON.stringify(mark).replaceAll('"', "'")}, '')"`;
      const folder = await writePlugin(place, {
        provider: 'greedy',
        code: driverCode(''),
        packageJson: { scripts: { preinstall: script, install: script, postinstall: script } },
      });
      await registry.publish(folder);
      expect(await agentdispatch('plugins', 'install', 'provider-greedy')).toMatchObject({ code: 0 });
      expect(await tracesOf('provider-greedy')).toEqual(['record', 'folder']);
      expect(existsSync(mark)).toBe(false);
    },
    TEST_MS,
  );

  it(
    'leaves nothing behind when it is uninstalled',
    async () => {
      expect(await agentdispatch('plugins', 'uninstall', 'provider-greedy')).toMatchObject({ code: 0 });
      expect(await tracesOf('provider-greedy')).toEqual([]);
    },
    TEST_MS,
  );
});

describe('a package that is no usable provider', () => {
  const invalid = [
    {
      name: 'no-provider',
      provider: 'none',
      why: 'has no keyword',
      packageJson: { name: 'no-provider', keywords: [] },
    },
    { name: 'provider-odd', provider: 'odd', why: 'has a broken manifest', manifest: { drivers: 'none' } },
    {
      name: 'provider-bare',
      provider: 'bare',
      why: 'is not made for this installer',
      packageJson: { oclif: undefined },
    },
  ];

  it.each(invalid)(
    'because it $why is refused with a code, and taken back',
    async ({ name, why: _why, ...options }) => {
      await registry.publish(await writePlugin(place, { code: driverCode(''), ...options }));
      const { code, stderr } = await agentdispatch('plugins', 'install', name);
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringMatching(/AD_PLUGIN_[A-Z]+/) });
      expect(await tracesOf(name)).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'because there is none of its name is refused with a code',
    async () => {
      const { code, stderr } = await agentdispatch('plugins', 'install', 'provider-that-nobody-published');
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('AD_PLUGIN_INSTALL') });
    },
    TEST_MS,
  );
});
