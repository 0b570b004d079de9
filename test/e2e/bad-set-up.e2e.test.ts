// What is wrong with the set-up is told by code, file and line to whoever calls; plugins that are broken hurt nobody else.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { startMcp } from './support/mcp.js';
import { driverCode, writePlugin } from './support/plugins.js';
import { processesWith } from './support/processes.js';

const TEST_MS = 120_000;

let local: LocalPlace;

describe('a configuration that cannot be used', () => {
  beforeEach(async () => {
    local = await makeLocalPlace();
  });
  afterEach(() => local.place.end({ dispatcher: false }), TEST_MS);

  const broken = [
    { name: 'empty', text: '', code: 'AD_CONFIG_SYNTAX', problem: { line: 1 } },
    { name: 'not JSON', text: '{\n  "stateDir": "x",\n  oops\n}', code: 'AD_CONFIG_SYNTAX', problem: { line: 3 } },
    {
      name: 'misspelt',
      text: '{\n  "runtime": {}\n}',
      code: 'AD_CONFIG_INVALID',
      problem: { pointer: '/runtime', line: 2, hint: expect.stringContaining('"runtimes"') },
    },
    {
      name: 'of the wrong type',
      text: '{\n  "plugins": "x"\n}',
      code: 'AD_CONFIG_INVALID',
      problem: { pointer: '/plugins', line: 2 },
    },
    {
      name: 'leading nowhere',
      text: '{ "defaults": { "runtime": "ghost" } }',
      code: 'AD_CONFIG_INVALID',
      problem: { pointer: '/defaults/runtime' },
    },
  ];

  it.each(broken)(
    'because it is $name is refused by place, and works after it was mended without a new server',
    async ({ text, code, problem }) => {
      const good = await local.place.read('agentdispatch.config.json');
      await local.place.write('agentdispatch.config.json', text);
      const mcp = await startMcp(local.place);
      const error = await mcp.refusal('spawn_cloud_agent', { instruction: 'Go.' });
      expect(error).toMatchObject({ code, fault: 'operator', hint: expect.stringMatching(/agentdispatch/) });
      expect(error.problems).toEqual(
        expect.arrayContaining([expect.objectContaining({ ...problem, file: local.place.configFile })]),
      );
      expect((await mcp.client.listTools()).tools).not.toEqual([]);

      await local.place.write('agentdispatch.config.json', good);
      expect((await mcp.call('list_tasks')).tasks).toEqual([]);
      await local.place.stopDispatcher();
    },
    TEST_MS,
  );

  it(
    'because it is not there is refused, and no dispatcher is started',
    async () => {
      const mcp = await startMcp(local.place, { config: local.place.path('nowhere.json') });
      expect(await mcp.refusal('list_tasks')).toMatchObject({ code: 'AD_CONFIG_NOT_FOUND' });
      const found = await processesWith(local.place.path('bin'));
      expect(found.filter(({ command }) => command.includes('dispatcher'))).toEqual([]);
    },
    TEST_MS,
  );
});

describe('a plugin that is broken', () => {
  const accounts = Object.fromEntries(['odd', 'bomb', 'fine'].map((provider) => [provider, { provider }]));
  const runtimes = Object.fromEntries(
    Object.keys(accounts).map((account) => [
      account,
      { account, driver: 'main', target: { mode: 'session' as const, protocol: 'stdio' as const } },
    ]),
  );

  beforeEach(async () => {
    const plugins = ['odd', 'bomb', 'fine', 'gone'].map((provider) => `./plugins/provider-${provider}`);
    local = await makeLocalPlace({ more: { plugins, accounts, runtimes } });
    const write = (provider: string, more: Partial<Parameters<typeof writePlugin>[1]> = {}): Promise<string> =>
      writePlugin(local.place, { provider, code: driverCode(''), ...more });
    await write('odd', { manifest: { apiVersion: 'one', drivers: undefined } });
    await write('bomb', { code: 'throw new Error("boom at import");' });
    await write('fine');
  });
  afterEach(() => local.place.end(), TEST_MS);

  it(
    'is listed with its coded error and refused by it, while the others work',
    async () => {
      const mcp = await startMcp(local.place);
      const listed = await mcp.call('list_runtimes');
      const stateOf = (name: string): unknown =>
        listed.providers.find(({ provider, package: from }) => provider === name || from?.endsWith(`-${name}`));
      expect(stateOf('odd')).toMatchObject({ state: 'broken', error: { code: 'AD_PLUGIN_MANIFEST' } });
      expect(stateOf('gone')).toMatchObject({ state: 'broken', error: { code: 'AD_PLUGIN_NOT_FOUND' } });
      expect(stateOf('fine')).toMatchObject({ state: 'ready' });
      expect(listed.runtimes.find(({ name }) => name === 'odd')).toMatchObject({ usable: false });

      expect(await mcp.refusal('spawn_cloud_agent', { instruction: 'Go.', runtime: 'odd' })).toMatchObject({
        code: 'AD_PLUGIN_MANIFEST',
      });
      expect((await mcp.call('list_tasks')).tasks).toEqual([]);

      // Code is loaded for the task, not for its acknowledgement: the task itself tells.
      const { task_id: bomb } = await mcp.spawn({ instruction: 'Go.', runtime: 'bomb' });
      expect(await mcp.ended(bomb)).toMatchObject({
        status: 'failed',
        error: { code: 'AD_PLUGIN_LOAD', fault: 'operator', message: expect.stringContaining('boom at import') },
      });
      const after = (await mcp.call('list_runtimes')).providers.find(({ provider }) => provider === 'bomb');
      expect(after).toMatchObject({ state: 'broken', error: { code: 'AD_PLUGIN_LOAD' } });

      openAll(local.gate);
      for (const runtime of ['fine', 'agent']) {
        const { task_id: id } = await mcp.spawn({ instruction: 'Go.', runtime });
        expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
      }
    },
    TEST_MS,
  );
});
