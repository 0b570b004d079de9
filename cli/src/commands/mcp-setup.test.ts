// The built program as a user runs it, in a home of its own.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { Workplace, type Ran } from '../testdata/program.js';
import type { SetUpAnswer } from '../mcp-setup/set-up-client.js';

let workplace: Workplace;
beforeEach(async () => {
  workplace = await Workplace.create();
  const config = {
    accounts: { here: { provider: 'local' } },
    runtimes: {
      r: {
        account: 'here',
        target: { mode: 'runtime', protocol: 'stdio' },
        secrets: { KEY: { source: 'environment', name: 'MODEL_KEY' } },
      },
    },
  };
  await writeFile(workplace.path('agentdispatch.config.json'), JSON.stringify(config));
});
afterEach(async () => await workplace.close());

const env = { MODEL_KEY: 'sk-never-to-be-seen' };
const setup = (...args: string[]): Promise<Ran> => workplace.run(['mcp', 'setup', ...args], env);
const answer = async (...args: string[]): Promise<SetUpAnswer> =>
  JSON.parse((await setup(...args, '--json')).stdout) as SetUpAnswer;
const read = (name: string): Promise<string> => readFile(workplace.path(name), 'utf8');

const FILES = {
  'claude-code': '.claude.json',
  codex: '.codex/config.toml',
  openclaw: '.openclaw/openclaw.json',
  hermes: '.hermes/config.yaml',
};

describe('agentdispatch mcp setup', () => {
  it.each(Object.entries(FILES))(
    'shows %s, writes it when told so, and then has nothing to do',
    async (client, file) => {
      const shown = await setup(client);
      expect(shown).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(workplace.path(file)) });
      expect(shown.stdout).toMatch(/Nothing was written. Add --write to do it.\n$/);
      expect(await readdir(workplace.path())).toEqual(['agentdispatch.config.json']);

      const written = await setup(client, '--write');
      expect(written).toMatchObject({ code: 0, stdout: expect.stringContaining('\nWritten.') });
      const text = await read(file);
      expect(text).toContain(workplace.path('agentdispatch.config.json'));
      expect(text.includes('MODEL_KEY')).toBe(client !== 'claude-code');
      expect(shown.stdout + written.stdout + text).not.toContain(env.MODEL_KEY);

      expect(await answer(client, '--write')).toMatchObject({ status: 'unchanged', entry: {}, block: '' });
      expect(await read(file)).toBe(text);
    },
  );

  it('serves a project with the file of the project', async () => {
    expect(await answer('claude-code', '--scope', 'project', '--write')).toMatchObject({
      status: 'written',
      file: workplace.path('.mcp.json'),
      command: expect.stringMatching(/ -s project$/),
    });
    expect(await answer('codex', '--scope', 'project')).toMatchObject({ file: workplace.path('.codex/config.toml') });
    expect(await setup('hermes', '--scope', 'project')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Hermes has no configuration of a project'),
    });
  });

  it('looks where the client was told to look', async () => {
    const elsewhere = { CODEX_HOME: workplace.path('c'), CLAUDE_CONFIG_DIR: workplace.path('d') };
    for (const [client, file] of [
      ['codex', 'c/config.toml'],
      ['claude-code', 'd/.claude.json'],
    ] as const) {
      const { stdout } = await workplace.run(['mcp', 'setup', client, '--json'], elsewhere);
      expect(JSON.parse(stdout)).toMatchObject({ file: workplace.path(file) });
    }
  });

  it('writes nothing into a file that it cannot understand, and names the line', async () => {
    await mkdir(workplace.path('.codex'));
    await writeFile(workplace.path('.codex/config.toml'), 'a = 1\nb = \n');
    const file = workplace.path('.codex/config.toml');
    const refused = await setup('codex', '--write');
    expect(refused).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining(`AD_CONFIG_SYNTAX: ${file}:2`),
    });
    expect(await read('.codex/config.toml')).toBe('a = 1\nb = \n');
    expect(await readdir(workplace.path('.codex'))).toEqual(['config.toml']);
  });

  it('names a link, and writes behind it only when told so', async () => {
    await mkdir(workplace.path('dotfiles'));
    await symlink('dotfiles', workplace.path('.hermes'));
    expect((await setup('hermes')).stdout).toContain('is a link to');
    expect(await setup('hermes', '--write')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('AD_CONFIG_LINK'),
    });
    expect(await readdir(workplace.path('dotfiles'))).toEqual([]);
    expect(await setup('hermes', '--write', '--follow-link')).toMatchObject({ code: 0 });
    expect(await readdir(workplace.path('dotfiles'))).toEqual(['config.yaml']);
  });

  it.each([
    ['no client', [], 2],
    ['a client that it does not know', ['emacs'], 2],
    ['a name that is none', ['codex', '--name', 'a b'], 2],
    ['a scope that is none', ['codex', '--scope', 'machine'], 2],
    ['a configuration that is not there', ['codex', '--config', 'none.json'], 3],
  ])('refuses %s', async (_title, args, code) => {
    expect(await setup(...args, '--write')).toMatchObject({ code, stdout: '' });
    expect(await readdir(workplace.path())).toEqual(['agentdispatch.config.json']);
  });
});
