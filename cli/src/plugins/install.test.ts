// Installs providers with the built program from a registry on this machine.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { cloud } from '../init/testdata/offers.js';
import { PackageRegistry, type Published } from '../testdata/package-registry.js';
import { Workplace, type Ran } from '../testdata/program.js';

const provider: Published = {
  packageJson: {
    name: '@x/provider-cloud',
    version: '1.0.0',
    type: 'module',
    keywords: ['agentdispatch-provider'],
    oclif: { hooks: { init: './hook.js', 'plugins:postinstall': './hook.js', postrun: './hook.js' } },
    agentdispatch: { manifest: './manifest.json' },
    scripts: { postinstall: 'node postinstall.js' },
  },
  files: {
    'manifest.json': JSON.stringify(cloud),
    'index.js': "throw new Error('must not be imported');",
    'postinstall.js': "import fs from 'node:fs'; fs.writeFileSync(process.env.HOME + '/postinstall-ran', '');",
    'hook.js': "import fs from 'node:fs'; fs.writeFileSync(process.env.HOME + '/hook-ran', '');",
  },
};
const broken: Published = {
  packageJson: { ...provider.packageJson, name: '@x/provider-broken' },
  files: { ...provider.files, 'manifest.json': '{"apiVersion":1,"provider":"broken"}' },
};
const stranger: Published = {
  packageJson: { name: 'stranger', version: '1.0.0', oclif: {} },
  files: { 'index.js': '' },
};

let registry: PackageRegistry;
let workplace: Workplace;
beforeAll(async () => {
  registry = await PackageRegistry.start([provider, broken, stranger]);
  workplace = await Workplace.create();
});
afterAll(async () => {
  await workplace.close();
  await registry.close();
});

const plugins = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  workplace.run(['plugins', ...args], { npm_config_registry: registry.url, npm_config_fetch_retries: '0', ...env });

const recorded = async (): Promise<string[]> => {
  const text = await readFile(workplace.path('.local/share/agentdispatch/package.json'), 'utf8');
  return (JSON.parse(text) as { oclif: { plugins: { name: string }[] } }).oclif.plugins.map(({ name }) => name);
};

describe('plugins install', () => {
  it('is seen by the next command although a dispatcher runs already', async () => {
    const states = async (): Promise<unknown> => {
      const { stdout } = await workplace.run(['runtimes', '--json']);
      return (JSON.parse(stdout) as { providers: { provider: string; state: string }[] }).providers.find(
        ({ provider: name }) => name === 'cloud',
      )?.state;
    };
    expect(await states()).toBeUndefined();
    expect(await plugins(['install', '@x/provider-cloud'])).toMatchObject({ code: 0 });
    expect(await states()).toBe('ready');
    expect(await plugins(['uninstall', '@x/provider-cloud'])).toMatchObject({ code: 0 });
    expect(await states()).toBeUndefined();
  }, 120_000);

  it('makes a provider known without running anything of it, whatever npm is told', async () => {
    const npm = { npm_config_ignore_scripts: 'false', NPM_CONFIG_IGNORE_SCRIPTS: 'false' };
    expect(await plugins(['install', '@x/provider-cloud'], npm)).toMatchObject({ code: 0 });
    const { stdout } = await workplace.run(['init', '--region', 'r', '--address', 'a', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ provider: 'cloud', installed: true });
    expect(await workplace.run(['config', 'validate'])).toMatchObject({ code: 0 });
    for (const trace of ['postinstall-ran', 'hook-ran'])
      await expect(access(workplace.path(trace))).rejects.toMatchObject({ code: 'ENOENT' });
  }, 120_000);

  it('takes a package by its path, from where the caller is', async () => {
    const { files, packageJson } = provider;
    await mkdir(workplace.path('own'));
    for (const [name, text] of Object.entries({ ...files, 'package.json': JSON.stringify(packageJson) }))
      await writeFile(workplace.path('own', name), text);
    expect(await plugins(['uninstall', '@x/provider-cloud'])).toMatchObject({ code: 0 });
    expect(await plugins(['install', './own'])).toMatchObject({ code: 0 });
    expect(await recorded()).toEqual(['@x/provider-cloud']);
    expect(await plugins(['install', './absent'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('AD_PLUGIN_INSTALL: There is nothing at '),
    });
  }, 120_000);

  it.each([
    ['@x/provider-broken', 'AD_PLUGIN_MANIFEST'],
    ['stranger', 'AD_PLUGIN_MANIFEST'],
    ['@x/nowhere', 'AD_PLUGIN_INSTALL'],
  ])(
    'refuses %s with %s and leaves it out',
    async (name, code) => {
      const ran = await plugins(['install', name]);
      expect(ran.stderr).toContain(`${code}: `);
      expect(ran.code).toBe(3);
      expect(await recorded()).toEqual(['@x/provider-cloud']);
    },
    120_000,
  );

  it('is undone by uninstall', async () => {
    expect(await plugins(['uninstall', '@x/provider-cloud'])).toMatchObject({ code: 0 });
    expect(await recorded()).toEqual([]);
  }, 120_000);

  it('keeps to the list of allowed plugins', async () => {
    await writeFile(workplace.path('agentdispatch.config.json'), '{"allowPlugins":[{"name":"@x/other"}]}');
    const ran = await plugins(['install', '@x/provider-cloud']);
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('AD_PLUGIN_NOT_ALLOWED') });
    expect(await recorded()).toEqual([]);
  }, 120_000);
});
