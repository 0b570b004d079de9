import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DispatchError } from '../errors/index.js';
import { loadConfig, type LoadConfigOptions } from './load-config.js';
import { TemporaryDirectories } from './testdata/temporary-directory.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

const valid = {
  accounts: { dev: { provider: 'acme', region: 'north' } },
  runtimes: { research: { account: 'dev', target: { mode: 'session' } } },
};

const load = (cwd: string, more: Partial<LoadConfigOptions> = {}): ReturnType<typeof loadConfig> =>
  loadConfig({ cwd, env: {}, home: '/nobody', ...more });

const failure = async (loading: Promise<unknown>): Promise<DispatchError> =>
  loading.then(
    () => Promise.reject(new Error('it was accepted')),
    (error: unknown) => error as DispatchError,
  );

describe('finding the configuration', () => {
  const formats: [name: string, text: unknown][] = [
    ['agentdispatch.config.json', valid],
    [
      'agentdispatch.config.yaml',
      'accounts:\n  dev: { provider: acme, region: north }\nruntimes:\n  research: { account: dev, target: { mode: session } }\n',
    ],
    ['agentdispatch.config.yml', JSON.stringify(valid)],
    ['package.json', { name: 'app', agentdispatch: valid }],
  ];
  it.each(formats)('%s is found from a directory below', async (name, text) => {
    const root = await directories.make({ [name]: text });
    await mkdir(path.join(root, 'a/b'), { recursive: true });
    const loaded = await load(path.join(root, 'a/b'));
    expect(loaded).toMatchObject({ config: valid, file: path.join(root, name), baseDir: root });
    expect(loaded.stateDir).toBe(path.join(root, '.agentdispatch'));
  });

  it('what only front doors go by leaves the digest as it is', async () => {
    const digests = [{}, { mcp: { waitSeconds: 20 } }].map(
      async (config) =>
        (await load(await directories.make({ 'agentdispatch.config.json': JSON.stringify(config) }))).digest,
    );
    expect(new Set(await Promise.all(digests)).size).toBe(1);
  });

  it('the same content has the same digest in every format', async () => {
    const digests = formats.map(async ([name, text]) => (await load(await directories.make({ [name]: text }))).digest);
    expect(new Set(await Promise.all(digests)).size).toBe(1);
  });

  it('the search stops at the home directory', async () => {
    const root = await directories.make({ 'agentdispatch.config.json': valid, 'home/project/.keep': '' });
    const loaded = await load(path.join(root, 'home/project'), { home: path.join(root, 'home') });
    expect(loaded.file).toBeUndefined();
  });

  it('the file named wins over the variable, the variable over the search', async () => {
    const root = await directories.make({
      'agentdispatch.config.json': {},
      'one.json': { stateDir: 'one' },
      'two.yaml': 'stateDir: two',
    });
    const env = { AGENTDISPATCH_CONFIG: 'two.yaml' };
    expect((await load(root, { env })).stateDir).toBe(path.join(root, 'two'));
    expect((await load(root, { env, path: 'one.json' })).stateDir).toBe(path.join(root, 'one'));
  });

  it('a package that describes itself under the same key is no configuration', async () => {
    const root = await directories.make({
      'agentdispatch.config.json': valid,
      'plugin/package.json': { name: 'plugin', agentdispatch: { manifest: './manifest.json' } },
      'front/package.json': { name: 'front', agentdispatch: { bundledPlugins: [] } },
    });
    expect((await load(path.join(root, 'plugin'))).baseDir).toBe(root);
    expect((await load(path.join(root, 'front'))).baseDir).toBe(root);
  });

  it('a broken package.json that does not speak of us is passed over', async () => {
    const root = await directories.make({ 'agentdispatch.config.json': valid, 'app/package.json': '{ "name": ' });
    expect((await load(path.join(root, 'app'))).baseDir).toBe(root);
  });

  it('no code in the working directory is run, whatever its name', async () => {
    const mark = "require('node:fs').writeFileSync(require('node:path').join(__dirname, 'ran'), '');";
    const root = await directories.make({
      '.config/config.cjs': mark,
      '.config/config.js': mark,
      'agentdispatch.config.js': mark,
      'agentdispatch.config.cjs': mark,
    });
    const before = process.cwd();
    process.chdir(root);
    try {
      expect((await load(root)).file).toBeUndefined();
    } finally {
      process.chdir(before);
    }
    for (const mark of ['ran', '.config/ran']) await expect(access(path.join(root, mark))).rejects.toThrow('ENOENT');
    expect(await failure(load(root, { path: 'agentdispatch.config.js' }))).toMatchObject({
      code: 'AD_CONFIG_UNREADABLE',
    });
  });

  it('a named file that does not exist is told, with its path', async () => {
    const root = await directories.make({ 'agentdispatch.config.json': valid });
    const error = await failure(load(root, { path: 'other.json' }));
    expect(error).toMatchObject({
      code: 'AD_CONFIG_NOT_FOUND',
      message: expect.stringContaining(path.join(root, 'other.json')),
    });
  });

  it('a named package.json without our key is told', async () => {
    const root = await directories.make({ 'package.json': { name: 'app' } });
    expect(await failure(load(root, { path: 'package.json' }))).toMatchObject({ code: 'AD_CONFIG_NOT_FOUND' });
  });

  it('something unreadable under the file name is told, not passed over for a file further up', async () => {
    const root = await directories.make({ 'agentdispatch.config.json': valid });
    await mkdir(path.join(root, 'app/agentdispatch.config.yaml'), { recursive: true });
    expect(await failure(load(path.join(root, 'app')))).toMatchObject({ code: 'AD_CONFIG_UNREADABLE' });
  });
});

describe('no configuration', () => {
  it("gives the built-in one, with tasks kept in the user's state directory", async () => {
    const root = await directories.make();
    const embedded = { accounts: { local: { provider: 'acme' } } };
    const loaded = await load(root, { home: root, embedded: () => embedded });
    expect(loaded).toMatchObject({
      config: embedded,
      baseDir: root,
      stateDir: path.join(root, '.local/state/agentdispatch'),
    });
    expect(loaded.file).toBeUndefined();
    expect(loaded.locate('/accounts')).toBeUndefined();
    const env = { XDG_STATE_HOME: '/states' };
    expect((await load(root, { home: root, env })).stateDir).toBe('/states/agentdispatch');
  });

  it('AGENTDISPATCH_STATE_DIR overrides what is built in and what a file says', async () => {
    const root = await directories.make({
      'with/agentdispatch.config.json': { stateDir: 'mine' },
      'without/.keep': '',
    });
    const env = { AGENTDISPATCH_STATE_DIR: '../states', XDG_STATE_HOME: '/states' };
    for (const name of ['with', 'without'])
      expect((await load(path.join(root, name), { env, home: root })).stateDir).toBe(path.join(root, 'states'));
  });
});

describe('a text that cannot be parsed', () => {
  const cases: [title: string, name: string, text: string, line: number][] = [
    ['an empty file', 'agentdispatch.config.json', ' \n', 1],
    ['a file of comments', 'agentdispatch.config.yaml', '# nothing\n# here\n', 1],
    ['JSON with a trailing comma', 'agentdispatch.config.json', '{\n  "plugins": [\n    "a",\n  ]\n}', 4],
    ['JSON with a comment', 'agentdispatch.config.json', '{\n  // why\n  "plugins": []\n}', 2],
    ['JSON with a key given twice', 'agentdispatch.config.json', '{\n  "plugins": [],\n  "plugins": []\n}', 3],
    ['YAML with wrong indentation', 'agentdispatch.config.yaml', 'accounts:\n  dev:\n    provider: acme\n   x: 1\n', 4],
    ['YAML with an unknown tag', 'agentdispatch.config.yml', 'plugins: []\nstateDir: !!js/function x\n', 2],
    ['YAML with a second document', 'agentdispatch.config.yaml', 'plugins: []\n---\nplugins: []\n', 2],
    ['YAML that contains itself', 'agentdispatch.config.yaml', 'accounts: &a\n  dev: *a\n', 1],
    ['YAML with an alias of nothing', 'agentdispatch.config.yaml', 'accounts: *nothing\n', 1],
    ['package.json that speaks of us', 'package.json', '{\n  "agentdispatch": {},\n}', 3],
  ];
  it.each(cases)('%s gives the line', async (_title, name, text, line) => {
    const root = await directories.make({ [name]: text });
    const error = await failure(load(root));
    expect(error).toMatchObject({ code: 'AD_CONFIG_SYNTAX', problems: [{ file: path.join(root, name), line }] });
  });

  it('the error does not quote the file', async () => {
    const root = await directories.make({ 'agentdispatch.config.json': '{"accounts": hunter2}' });
    expect(JSON.stringify(await failure(load(root)))).not.toContain('hunter2');
  });
});

describe('an invalid configuration', () => {
  it('is refused with every problem, its pointer, its line and what was probably meant', async () => {
    const text = [
      '{',
      '  "pluginz": [],',
      '  "accounts": { "dev": { "provider": "acme" } },',
      '  "runtimes": {',
      '    "research": {',
      '      "account": "dav",',
      '      "target": { "mode": "session" },',
      '      "limits": { "timeoutSeconds": "60" }',
      '    }',
      '  },',
      '  "defaults": { "runtime": "reserch" }',
      '}',
    ].join('\n');
    const root = await directories.make({ 'agentdispatch.config.json': text });
    const file = path.join(root, 'agentdispatch.config.json');
    const error = await failure(load(root));
    expect(error).toMatchObject({ code: 'AD_CONFIG_INVALID', message: `${file} has 4 problems.` });
    expect(error.problems).toEqual([
      { pointer: '/pluginz', message: 'unknown property "pluginz"', hint: 'did you mean "plugins"?', file, line: 2 },
      { pointer: '/runtimes/research/limits/timeoutSeconds', message: 'must be integer', file, line: 8 },
      {
        pointer: '/runtimes/research/account',
        message: 'there is no account profile "dav"',
        hint: 'did you mean "dev"?',
        file,
        line: 6,
      },
      {
        pointer: '/defaults/runtime',
        message: 'there is no runtime profile "reserch"',
        hint: 'did you mean "research"?',
        file,
        line: 11,
      },
    ]);
  });

  it('in YAML gives the lines too, through aliases as well', async () => {
    const text = 'accounts:\n  a: &a\n    maxConcurrent: 0\n    provider: acme\n  b: *a\n';
    const root = await directories.make({ 'agentdispatch.config.yaml': text });
    const { problems } = await failure(load(root));
    expect(problems?.map(({ pointer, line }) => [pointer, line])).toEqual([
      ['/accounts/a/maxConcurrent', 3],
      ['/accounts/b/maxConcurrent', 3],
    ]);
  });

  it('in package.json counts lines from the start of that file; what is missing is placed at its parent', async () => {
    const text = '{\n  "name": "app",\n  "agentdispatch": {\n    "accounts": {\n      "dev": {}\n    }\n  }\n}';
    const root = await directories.make({ 'package.json': text });
    expect((await failure(load(root))).problems).toMatchObject([{ pointer: '/accounts/dev/provider', line: 5 }]);
  });

  it('a list, a text or a number is not taken for a configuration', async () => {
    for (const text of ['[]', '"plugins"', '7']) {
      const root = await directories.make({ 'agentdispatch.config.json': text });
      expect(await failure(load(root))).toMatchObject({ code: 'AD_CONFIG_INVALID' });
    }
  });

  it('other files are not read into it', async () => {
    const root = await directories.make({
      'agentdispatch.config.json': { $import: './base.json' },
      'base.json': valid,
    });
    expect((await failure(load(root))).problems).toMatchObject([{ pointer: '/$import' }]);
  });
});
