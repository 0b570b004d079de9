import { rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Config } from '@agent-dispatch/schemas';
import { TemporaryDirectories, writeFiles, type Files } from '../config/testdata/temporary-directory.js';
import { discover, type DiscoveryOptions } from './discovery.js';
import type { KnownProvider } from './known-provider.js';
import { code, configIn, driver, manifest, packageFiles } from './testdata/packages.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

interface Scene {
  files: Files;
  config?: Config;
  bundled?: string[];
  catalogue?: DiscoveryOptions['catalogue'];
}

/** `app` holds the configuration, `data` is the CLI's data directory. */
async function scene({ files, config, bundled = [], catalogue = [] }: Scene): Promise<{
  root: string;
  find: () => Promise<KnownProvider[]>;
}> {
  const root = await directories.make({ 'app/.keep': '', ...files });
  const find = (): Promise<KnownProvider[]> =>
    discover({
      config: configIn(path.join(root, 'app'), config),
      env: { AGENTDISPATCH_DATA_DIR: path.join(root, 'data'), HOME: root },
      bundled: bundled.map((name) => path.join(root, name)),
      hostVersion: '0.1.0',
      catalogue,
    });
  return { root, find };
}

const discovered = async (options: Scene): Promise<KnownProvider[]> => (await scene(options)).find();

const brief = (known: readonly KnownProvider[]): string[] =>
  known.map(({ provider, packageName, source, state, error }) =>
    [provider, packageName, source, state, ...(error ? [error.code] : [])].join(' '),
  );

const record = (...plugins: object[]): Files => ({ 'data/package.json': { oclif: { schema: 1, plugins } } });

describe('where plugins are found', () => {
  it('by path and by name in the configuration, as recorded by the CLI, and beside the front door', async () => {
    const { root, find } = await scene({
      files: {
        ...packageFiles('app/own', { name: 'own', manifest: manifest({ provider: 'own' }) }),
        ...packageFiles('node_modules/@acme/named', { name: '@acme/named', manifest: manifest({ provider: 'named' }) }),
        ...packageFiles('data/node_modules/added', { name: 'added', manifest: manifest({ provider: 'added' }) }),
        ...packageFiles('elsewhere', { name: 'linked', manifest: manifest({ provider: 'linked' }) }),
        ...packageFiles('front', { name: 'shipped', manifest: manifest({ provider: 'shipped' }) }),
      },
      config: { plugins: ['./own', '@acme/named'] },
      bundled: ['front'],
    });
    await writeFiles(
      root,
      record({ name: 'added', type: 'user' }, { name: 'linked', type: 'link', root: path.join(root, 'elsewhere') }),
    );
    const known = await find();
    expect(brief(known)).toEqual([
      'own own config ready',
      'named @acme/named config ready',
      'added added installed ready',
      'linked linked installed ready',
      'shipped shipped bundled ready',
    ]);
    expect(known[0]).toMatchObject({
      root: path.join(root, 'app/own'),
      version: '1.2.3',
      manifest: { provider: 'own' },
    });
    expect(known[0]?.manifestDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('what merely lies in a node_modules directory is not a plugin', async () => {
    const files = { ...packageFiles('app/node_modules/stray'), ...packageFiles('data/node_modules/stray') };
    expect(
      await discovered({ files: { ...files, 'data/package.json': { dependencies: { stray: '1.0.0' } } } }),
    ).toEqual([]);
  });

  it('no plugin code is imported', async () => {
    const throwing = 'throw new Error("imported");';
    expect(brief(await discovered({ files: packageFiles('front', { code: throwing }), bundled: ['front'] }))).toEqual([
      'acme acme-provider bundled ready',
    ]);
  });

  it('a name in the configuration also means what is installed or shipped', async () => {
    const known = await discovered({
      files: {
        ...packageFiles('data/node_modules/added', { name: 'added', manifest: manifest({ provider: 'added' }) }),
        ...packageFiles('front', { name: 'shipped', manifest: manifest({ provider: 'shipped' }) }),
        ...record({ name: 'added', type: 'user' }),
      },
      config: { plugins: ['added', 'shipped'] },
      bundled: ['front'],
    });
    expect(brief(known)).toEqual(['added added config ready', 'shipped shipped config ready']);
  });

  it('an installed package without the keyword is another kind of plugin, and left out', async () => {
    const files = packageFiles('data/node_modules/added', {
      name: 'added',
      packageJson: { keywords: ['oclif-plugin'] },
    });
    expect(await discovered({ files: { ...files, ...record({ name: 'added', type: 'user' }) } })).toEqual([]);
  });

  it('a recorded name that leads out of the data directory is not followed', async () => {
    const files = { ...packageFiles('outside'), ...record({ name: '../../outside', type: 'user' }) };
    expect(await discovered({ files })).toEqual([]);
  });

  it('an unreadable record of installed plugins is listed and stops nothing', async () => {
    const files = { ...packageFiles('front'), 'data/package.json': '{' };
    const known = await discovered({ files, bundled: ['front'] });
    expect(known.map(({ state, error }) => [state, error?.code])).toEqual([
      ['broken', 'AD_PLUGIN_MANIFEST'],
      ['ready', undefined],
    ]);
  });

  it('what is not there is listed with its code and how to get it', async () => {
    const known = await discovered({
      files: record({ name: 'gone', type: 'user' }),
      config: { plugins: ['absent', './nowhere', 'not a name'] },
      bundled: ['front'],
    });
    expect(known.map(({ packageName, source, error }) => [packageName, source, error?.code])).toEqual([
      ['absent', 'config', 'AD_PLUGIN_NOT_FOUND'],
      ['./nowhere', 'config', 'AD_PLUGIN_NOT_FOUND'],
      ['not a name', 'config', 'AD_PLUGIN_NOT_FOUND'],
      ['gone', 'installed', 'AD_PLUGIN_NOT_FOUND'],
      [expect.stringContaining('front'), 'bundled', 'AD_PLUGIN_NOT_FOUND'],
    ]);
    expect(known[0]?.error?.hint).toContain('agentdispatch plugins install absent');
  });
});

describe('what makes a plugin broken', () => {
  const { account: _account, ...withoutAccount } = manifest();
  const cases: [title: string, files: Files, code: string, told: RegExp][] = [
    ['no keyword', packageFiles('front', { packageJson: { keywords: [] } }), 'AD_PLUGIN_MANIFEST', /not a provider/],
    ['no package.json', { 'front/index.js': '' }, 'AD_PLUGIN_MANIFEST', /package\.json does not exist/],
    ['a package.json that is not JSON', { 'front/package.json': '{' }, 'AD_PLUGIN_MANIFEST', /is not JSON/],
    [
      'no version',
      packageFiles('front', { packageJson: { version: 1 } }),
      'AD_PLUGIN_MANIFEST',
      /no name or no version/,
    ],
    [
      'no manifest named',
      packageFiles('front', { packageJson: { agentdispatch: {} } }),
      'AD_PLUGIN_MANIFEST',
      /agentdispatch\.manifest/,
    ],
    [
      'a manifest that is not there',
      packageFiles('front', { packageJson: { agentdispatch: { manifest: 'x.json' } } }),
      'AD_PLUGIN_MANIFEST',
      /does not exist/,
    ],
    [
      'a manifest outside the package',
      {
        ...packageFiles('front', { packageJson: { agentdispatch: { manifest: '../other.json' } } }),
        'other.json': manifest(),
      },
      'AD_PLUGIN_MANIFEST',
      /leads out of the package/,
    ],
    [
      'a manifest that the schema refuses',
      packageFiles('front', { manifest: withoutAccount }),
      'AD_PLUGIN_MANIFEST',
      /missing property "account"/,
    ],
    [
      'a manifest that the schema refuses in several places',
      packageFiles('front', {
        manifest: { ...withoutAccount, titel: 'A', drivers: [{ ...driver(), capability: 'any' }] },
      }),
      'AD_PLUGIN_MANIFEST',
      /\/account missing .*; \/titel .*did you mean "title".*; \/drivers\/0\/capability /,
    ],
    ['a manifest that is a list', packageFiles('front', { manifest: [] }), 'AD_PLUGIN_MANIFEST', /JSON object/],
    [
      'another contract version',
      packageFiles('front', { manifest: { ...manifest(), apiVersion: 2 } }),
      'AD_PLUGIN_INCOMPATIBLE',
      /version 2 .* version 1/,
    ],
    [
      'engines for another host',
      packageFiles('front', { packageJson: { engines: { agentdispatch: '>=2' } } }),
      'AD_PLUGIN_INCOMPATIBLE',
      /needs AgentDispatch >=2; this is 0\.1\.0/,
    ],
    [
      'engines that are no range',
      packageFiles('front', { packageJson: { engines: { agentdispatch: 'new' } } }),
      'AD_PLUGIN_MANIFEST',
      /not a version range/,
    ],
    [
      'two drivers of one name',
      packageFiles('front', { manifest: manifest({ drivers: [driver(), driver()] }) }),
      'AD_PLUGIN_MANIFEST',
      /\/drivers\/1\/name/,
    ],
    [
      'an offered mode without a schema',
      packageFiles('front', { manifest: manifest({ drivers: [driver({ targets: {} })] }) }),
      'AD_PLUGIN_MANIFEST',
      /\/drivers\/0\/offers\/0\/targetModes/,
    ],
    [
      'a schema that cannot be compiled',
      packageFiles('front', {
        manifest: manifest({ account: { settings: { type: 'object', properties: { a: { type: 'text' } } } } }),
      }),
      'AD_PLUGIN_MANIFEST',
      /\/account\/settings this JSON Schema cannot be used/,
    ],
    [
      'a schema with a misspelt keyword',
      packageFiles('front', {
        manifest: manifest({ account: { settings: { type: 'object', properties: {}, requird: ['a'] } } }),
      }),
      'AD_PLUGIN_MANIFEST',
      /requird/,
    ],
  ];
  it.each(cases)('%s is listed with its code', async (_title, files, code, told) => {
    const good = packageFiles('good', { name: 'good', manifest: manifest({ provider: 'good' }) });
    const known = await discovered({ files: { ...files, ...good }, bundled: ['front', 'good'] });
    expect(known[0]).toMatchObject({
      state: 'broken',
      source: 'bundled',
      error: { code, message: expect.stringMatching(told) },
    });
    expect(brief(known.slice(1))).toEqual(['good good bundled ready']);
  });

  it('a manifest behind a symbolic link that leaves the package', async () => {
    const { root, find } = await scene({
      files: { ...packageFiles('front'), 'other.json': manifest() },
      bundled: ['front'],
    });
    await rm(path.join(root, 'front/manifest.json'));
    await symlink(path.join(root, 'other.json'), path.join(root, 'front/manifest.json'));
    expect((await find())[0]?.error).toMatchObject({
      code: 'AD_PLUGIN_MANIFEST',
      message: expect.stringMatching(/leads out/),
    });
  });

  it('the provider is named as soon as its manifest says so', async () => {
    const [known] = await discovered({
      files: packageFiles('front', { manifest: { ...manifest(), apiVersion: 2 } }),
      bundled: ['front'],
    });
    expect(known).toMatchObject({ provider: 'acme', packageName: 'acme-provider', version: '1.2.3' });
  });
});

describe('two plugins for one provider', () => {
  const both = { ...packageFiles('app/one', { name: 'one' }), ...packageFiles('front', { name: 'two' }) };

  it('the one with precedence is used, the other says so', async () => {
    const known = await discovered({ files: both, config: { plugins: ['./one'] }, bundled: ['front'] });
    expect(brief(known)).toEqual(['acme one config ready', 'acme two bundled broken AD_PLUGIN_DUPLICATE']);
    expect(known[1]?.error?.message).toContain('one 1.2.3 (config) has precedence');
  });

  it('a broken one takes no precedence', async () => {
    const files = {
      ...both,
      ...packageFiles('app/one', { name: 'one', packageJson: { engines: { agentdispatch: '9' } } }),
    };
    expect(brief(await discovered({ files, config: { plugins: ['./one'] }, bundled: ['front'] }))).toEqual([
      'acme one config broken AD_PLUGIN_INCOMPATIBLE',
      'acme two bundled ready',
    ]);
  });

  it('one that the configuration names keeps that precedence wherever else it is found', async () => {
    const files = {
      ...both,
      ...packageFiles('data/node_modules/one', { name: 'one' }),
      ...record({ name: 'one', type: 'user' }),
    };
    const known = await discovered({ files, config: { plugins: ['two'] }, bundled: ['front'] });
    expect(brief(known)).toEqual(['acme two config ready', 'acme one installed broken AD_PLUGIN_DUPLICATE']);
  });

  it('one package found at two places is one plugin', async () => {
    const { root, find } = await scene({
      files: packageFiles('front'),
      config: { plugins: ['../front', './link'] },
      bundled: ['front'],
    });
    await symlink(path.join(root, 'front'), path.join(root, 'app/link'));
    expect(brief(await find())).toEqual(['acme acme-provider config ready']);
  });
});

describe('allowPlugins', () => {
  const integrity = `sha512-${'A'.repeat(86)}==`;
  const files = {
    ...packageFiles('data/node_modules/added', { name: 'added' }),
    ...packageFiles('front', { name: 'shipped', manifest: manifest({ provider: 'shipped' }) }),
    ...record({ name: 'added', type: 'user' }),
    'data/package-lock.json': { packages: { 'node_modules/added': { version: '1.2.3', integrity } } },
  };
  const cases: [title: string, rule: NonNullable<Config['allowPlugins']>, why: RegExp | undefined][] = [
    ['a name listed', [{ name: 'added' }], undefined],
    ['a version in the range', [{ name: 'added', version: '^1.0.0', integrity }], undefined],
    [
      'one of two entries that fits',
      [
        { name: 'added', version: '2.0.0' },
        { name: 'added', version: '1.2.3' },
      ],
      undefined,
    ],
    ['another name', [{ name: 'other' }], /it is not listed/],
    ['another version', [{ name: 'added', version: '2.x' }], /only version 2\.x/],
    ['another integrity', [{ name: 'added', integrity: `sha512-${'B'.repeat(86)}==` }], /integrity is not the one/],
  ];
  it.each(cases)('%s decides', async (_title, allowPlugins, why) => {
    const [added, shipped] = await discovered({ files, config: { allowPlugins }, bundled: ['front'] });
    expect(added).toMatchObject(
      why
        ? { state: 'broken', error: { code: 'AD_PLUGIN_NOT_ALLOWED', message: expect.stringMatching(why) } }
        : { state: 'ready' },
    );
    expect(shipped).toMatchObject({ provider: 'shipped', state: 'broken', error: { code: 'AD_PLUGIN_NOT_ALLOWED' } });
  });

  it('a pinned integrity keeps out what no lockfile records, also a copy beside the configuration', async () => {
    const config = { plugins: ['./copy'], allowPlugins: [{ name: 'added', integrity }] };
    const [copy, added] = await discovered({
      files: { ...files, ...packageFiles('app/copy', { name: 'added' }) },
      config,
    });
    expect(copy).toMatchObject({
      state: 'broken',
      error: { message: expect.stringMatching(/no lockfile records it/) },
    });
    expect(added).toMatchObject({ source: 'installed', state: 'ready' });
  });
});

describe('the catalogue', () => {
  const catalogue = [{ packageName: 'acme-provider', version: '1.0.0', manifest: manifest() }];

  it('makes known what is not installed, with the command that installs it', async () => {
    const [known] = await discovered({ files: {}, catalogue });
    expect(known).toMatchObject({
      provider: 'acme',
      source: 'catalogue',
      state: 'not-installed',
      manifest: { title: 'Acme' },
    });
    expect(known?.error).toMatchObject({
      code: 'AD_PLUGIN_NOT_INSTALLED',
      hint: expect.stringContaining('agentdispatch plugins install acme-provider'),
    });
  });

  it('is silent about what was found, usable or not', async () => {
    const files = packageFiles('front', { packageJson: { engines: { agentdispatch: '9' } }, code: code() });
    expect(brief(await discovered({ files, bundled: ['front'], catalogue }))).toEqual([
      'acme acme-provider bundled broken AD_PLUGIN_INCOMPATIBLE',
    ]);
  });

  it('stands for a package that the configuration names and that is not there', async () => {
    expect(brief(await discovered({ files: {}, config: { plugins: ['acme-provider', 'other'] }, catalogue }))).toEqual([
      'other other config broken AD_PLUGIN_NOT_FOUND',
      'acme acme-provider catalogue not-installed AD_PLUGIN_NOT_INSTALLED',
    ]);
  });
});
