import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProviderManifest } from '@agent-dispatch/schemas';
import { TemporaryDirectories, type Files } from '../config/testdata/temporary-directory.js';
import { PluginHost, type PluginHostOptions } from './plugin-host.js';
import { code, configIn, driver, manifest, packageFiles, VERBS } from './testdata/packages.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

/** Every directory at the top of `files` is a bundled package. */
async function hostOf(files: Files, more: Partial<PluginHostOptions> = {}): Promise<PluginHost> {
  const root = await directories.make(files);
  const bundled = [...new Set(Object.keys(files).map((name) => name.split(path.sep)[0] ?? ''))];
  return PluginHost.create({
    config: configIn(root),
    env: { AGENTDISPATCH_DATA_DIR: path.join(root, 'data'), HOME: root },
    bundled: bundled.map((name) => path.join(root, name)),
    hostVersion: '0.1.0',
    catalogue: [],
    ...more,
  });
}

const drivers = (...all: Parameters<typeof driver>[0][]): ProviderManifest => manifest({ drivers: all.map(driver) });

describe('loading', () => {
  it('happens at the first call, and the state tells', async () => {
    const host = await hostOf(packageFiles('acme'));
    expect(host.find('acme')?.state).toBe('ready');
    const box = await host.load('acme', 'box');
    expect((box.plan as () => unknown)()).toBe('plan');
    expect(host.find('acme')).toMatchObject({ state: 'loaded', packageName: 'acme-provider' });
  });

  it('happens once, however many call at the same time', async () => {
    const counting = code({ box: VERBS }, 'globalThis.created = (globalThis.created ?? 0) + 1');
    const host = await hostOf(packageFiles('acme', { code: counting }));
    const loaded = await Promise.all([host.load('acme', 'box'), host.load('acme', 'box'), host.load('acme', 'box')]);
    expect(new Set(loaded).size).toBe(1);
    expect(Reflect.get(globalThis, 'created')).toBe(1);
  });

  const entries: [title: string, packageJson: Record<string, unknown>, file: string][] = [
    ['exports as a text', { exports: './lib.js' }, 'lib.js'],
    ['exports with conditions alone', { exports: { require: './no.cjs', import: './lib.js' } }, 'lib.js'],
    ['nested conditions', { exports: { '.': { browser: './no.js', node: { import: './lib.mjs' } } } }, 'lib.mjs'],
    ['main', { exports: undefined, main: 'lib.js' }, 'lib.js'],
    ['neither', { exports: undefined }, 'index.js'],
  ];
  it.each(entries)('finds the module by %s', async (_title, packageJson, file) => {
    const host = await hostOf({ ...packageFiles('acme', { packageJson, code: 'nothing' }), [`acme/${file}`]: code() });
    await expect(host.load('acme', 'box')).resolves.toBeDefined();
  });
});

describe('what a plugin may ask for', () => {
  it('is the error factory, by the same symbol in every copy', async () => {
    const asking = code({ box: VERBS }, "globalThis.errors = host.resolve(Symbol.for('agentdispatch:errors@1'))");
    await (await hostOf(packageFiles('acme', { code: asking }))).load('acme', 'box');
    const errors = Reflect.get(globalThis, 'errors') as { create: (...of: unknown[]) => Error };
    expect(errors.create('AD_PROVIDER_DENIED', 'no', { hint: 'grant it' })).toMatchObject({
      code: 'AD_PROVIDER_DENIED',
      hint: 'grant it',
    });
    expect(errors.create('AD_ACME_ODD', 'odd', { details: { id: 1 } })).toMatchObject({
      code: 'AD_PROVIDER_INTERNAL',
      details: { id: 1, code: 'AD_ACME_ODD' },
    });
  });

  it('is any further service of the host', async () => {
    const token = Symbol.for('agentdispatch:greeting@1');
    const asking = code({ box: VERBS }, "globalThis.greeting = host.resolve(Symbol.for('agentdispatch:greeting@1'))");
    const host = await hostOf(packageFiles('acme', { code: asking }), { services: new Map([[token, 'hello']]) });
    await host.load('acme', 'box');
    expect(Reflect.get(globalThis, 'greeting')).toBe('hello');
  });

  it('is nothing else', async () => {
    const host = await hostOf(
      packageFiles('acme', { code: code({ box: VERBS }, "host.resolve(Symbol.for('agentdispatch:store@1'))") }),
    );
    await expect(host.load('acme', 'box')).rejects.toMatchObject({
      code: 'AD_PLUGIN_CONTRACT',
      message: expect.stringContaining('agentdispatch:store@1'),
    });
  });
});

describe('code that fails', () => {
  const failing: [title: string, source: string, told: RegExp][] = [
    ['a module that throws', 'throw new Error("no luck");', /acme-provider: its module cannot be imported: no luck/],
    ['a module that does not parse', 'export default {', /cannot be imported/],
    [
      'create that throws',
      'export default { apiVersion: 1, create() { throw new Error("no luck"); } };',
      /create failed: no luck/,
    ],
    [
      'create that rejects',
      'export default { apiVersion: 1, create: async () => { throw "no luck"; } };',
      /create failed: no luck/,
    ],
  ];
  it.each(failing)('%s breaks that plugin alone', async (_title, source, told) => {
    const good = packageFiles('good', { name: 'good', manifest: manifest({ provider: 'good' }) });
    const host = await hostOf({ ...packageFiles('acme', { code: source }), ...good });
    const failure = { code: 'AD_PLUGIN_LOAD', message: expect.stringMatching(told) };
    await expect(host.load('acme', 'box')).rejects.toMatchObject(failure);
    expect(host.find('acme')).toMatchObject({ state: 'broken', error: failure });
    await expect(host.load('acme', 'box')).rejects.toMatchObject(failure);
    await expect(host.load('good', 'box')).resolves.toBeDefined();
  });

  it('a module outside the package is not imported', async () => {
    const host = await hostOf({
      ...packageFiles('acme', { packageJson: { exports: './../other.js' } }),
      'other.js': code(),
    });
    await expect(host.load('acme', 'box')).rejects.toMatchObject({
      code: 'AD_PLUGIN_LOAD',
      message: expect.stringMatching(/leads out/),
    });
  });
});

describe('code that is not what the manifest says', () => {
  const without = (verb: string): string[] => VERBS.filter((one) => one !== verb);
  const hostSpoken = drivers({
    offers: [
      {
        taskTypes: ['agent.run'],
        targetModes: ['session'],
        protocols: ['http'],
        spokenBy: 'host',
        send: 'deduplicated',
      },
    ],
  });
  const sending = drivers({
    offers: [
      {
        taskTypes: ['agent.run'],
        targetModes: ['session'],
        protocols: ['stdio'],
        spokenBy: 'driver',
        send: 'at-most-once',
      },
    ],
  });
  const checking = drivers({ features: { ...driver().features, check: true, sweep: true } });
  const cases: [title: string, manifest: ProviderManifest, source: string, told: string][] = [
    ['no default export', manifest(), 'export const create = 1;', 'no default export'],
    ['no create', manifest(), 'export default { apiVersion: 1 };', 'no default export'],
    [
      'another apiVersion',
      manifest(),
      'export default { apiVersion: 2, create() {} };',
      'has apiVersion 2, its manifest 1',
    ],
    [
      'create that gives nothing',
      manifest(),
      'export default { apiVersion: 1, create() {} };',
      '/drivers create must return',
    ],
    ['a missing driver', manifest(), code({}), '/drivers/box the manifest declares this driver'],
    [
      'an undeclared driver',
      manifest(),
      code({ box: VERBS, crate: VERBS }),
      '/drivers/crate the manifest does not declare',
    ],
    ['a missing verb', manifest(), code({ box: without('resume') }), '/drivers/box/resume the manifest calls for'],
    [
      'a verb that is no function',
      manifest(),
      'export default { apiVersion: 1, create: () => ({ drivers: { box: { plan: 1 } } }) };',
      '/drivers/box/plan the manifest calls for',
    ],
    [
      'an undeclared verb',
      manifest(),
      code({ box: [...VERBS, 'sweep'] }),
      '/drivers/box/sweep the manifest does not declare',
    ],
    [
      'a channel where the driver speaks',
      manifest(),
      code({ box: [...VERBS, 'channel'] }),
      '/drivers/box/channel the manifest does not',
    ],
    [
      'start where the host speaks',
      hostSpoken,
      code({ box: [...without('resume'), 'channel'] }),
      '/drivers/box/start the manifest does not',
    ],
    [
      'no channel where the host speaks',
      hostSpoken,
      code({ box: ['plan', 'provision', 'cancel', 'cleanup'] }),
      '/drivers/box/channel the manifest calls for',
    ],
    ['no send where it is offered', sending, code(), '/drivers/box/send the manifest calls for'],
    [
      'no check where it is declared',
      checking,
      code({ box: [...VERBS, 'sweep'] }),
      '/drivers/box/check the manifest calls for',
    ],
  ];
  it.each(cases)('%s is a breach of contract', async (_title, declared, source, told) => {
    const host = await hostOf(packageFiles('acme', { manifest: declared, code: source }));
    await expect(host.load('acme', 'box')).rejects.toMatchObject({
      code: 'AD_PLUGIN_CONTRACT',
      message: expect.stringContaining(told),
    });
    expect(host.find('acme')?.state).toBe('broken');
  });

  const fitting: [title: string, manifest: ProviderManifest, verbs: string[]][] = [
    [
      'a channel driver; the host sends over its channel',
      hostSpoken,
      ['plan', 'provision', 'cancel', 'cleanup', 'channel'],
    ],
    ['a driver that sends', sending, [...VERBS, 'send']],
    ['a driver that checks and sweeps', checking, [...VERBS, 'check', 'sweep']],
    ['a driver that hands over, which needs no declaration', manifest(), [...VERBS, 'handoff']],
  ];
  it.each(fitting)('%s is accepted', async (_title, declared, verbs) => {
    const host = await hostOf(packageFiles('acme', { manifest: declared, code: code({ box: verbs }) }));
    await expect(host.load('acme', 'box')).resolves.toBeDefined();
  });

  it('verbs may stand on the prototype of a class', async () => {
    const methods = VERBS.map((verb) => `${verb}() {}`).join(' ');
    const source = `class Box { ${methods} } export default { apiVersion: 1, create: () => ({ drivers: { box: new Box() } }) };`;
    await expect((await hostOf(packageFiles('acme', { code: source }))).load('acme', 'box')).resolves.toBeDefined();
  });
});

describe('providers that cannot be loaded', () => {
  it('an unknown one is told with what was probably meant', async () => {
    const host = await hostOf(packageFiles('acme'));
    await expect(host.load('acne', 'box')).rejects.toMatchObject({
      code: 'AD_PLUGIN_NOT_FOUND',
      hint: expect.stringContaining('"acme"'),
    });
  });

  it('an unknown driver is told with those there are', async () => {
    const host = await hostOf(packageFiles('acme'));
    await expect(host.load('acme', 'toString')).rejects.toMatchObject({
      code: 'AD_PLUGIN_NOT_FOUND',
      hint: expect.stringContaining('box'),
    });
  });

  it('one of the catalogue says how to install it', async () => {
    const host = await hostOf(
      {},
      { bundled: [], catalogue: [{ packageName: 'acme-provider', version: '1.0.0', manifest: manifest() }] },
    );
    await expect(host.load('acme', 'box')).rejects.toMatchObject({
      code: 'AD_PLUGIN_NOT_INSTALLED',
      hint: expect.stringContaining('plugins install acme-provider'),
    });
  });

  it('a broken one gives its own error', async () => {
    const host = await hostOf(packageFiles('acme', { packageJson: { engines: { agentdispatch: '9' } } }));
    await expect(host.load('acme', 'box')).rejects.toMatchObject({ code: 'AD_PLUGIN_INCOMPATIBLE' });
  });
});

describe('closing', () => {
  const closing = (provider: string, body: string): Files =>
    packageFiles(provider, {
      name: provider,
      manifest: manifest({ provider }),
      code: `export default { apiVersion: 1, create: () => ({ drivers: { box: { ${VERBS.map((verb) => `${verb}() {}`).join(', ')} } }, close() { ${body} } }) };`,
    });

  it('closes what was loaded, nothing else, and every one although another fails', async () => {
    const host = await hostOf({
      ...closing('bad', 'throw new Error("stuck")'),
      ...closing('good', 'globalThis.closed = [...(globalThis.closed ?? []), "good"]'),
      ...closing('idle', 'globalThis.closed = [...(globalThis.closed ?? []), "idle"]'),
    });
    await Promise.all([host.load('bad', 'box'), host.load('good', 'box')]);
    await expect(host.close()).rejects.toMatchObject({
      code: 'AD_PLUGIN_CONTRACT',
      message: expect.stringContaining('stuck'),
    });
    expect(Reflect.get(globalThis, 'closed')).toEqual(['good']);
  });
});
