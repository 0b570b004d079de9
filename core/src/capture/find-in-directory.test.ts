// Which files of a directory count: those that git would see there, and no link out of it.
import { mkdir, rm, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Problem } from '@agent-dispatch/schemas';
import { findInDirectory } from './find-in-directory.js';
import { Place, read } from './testdata/place.js';

let place: Place;
beforeEach(async () => void (place = await Place.make()));
afterEach(() => place.dispose());

async function find(directory = 'tree'): Promise<{ names: string[]; problems: string[] }> {
  const problems: Problem[] = [];
  const source = { path: '.', directory: place.path(directory), at: '/inputs/0', stateDir: place.path('state') };
  const found = await findInDirectory(source, problems);
  expect(problems.every(({ pointer }) => pointer === '/inputs/0/directory')).toBe(true);
  return { names: found.map(({ path }) => path), problems: problems.map(({ message }) => message) };
}

const IGNORED = {
  'tree/.gitignore': '# comment\n*.log\n!keep.log\n/build\nnode_modules/\nsecret*\ndocs/**/draft.md\n\\#hash\n',
  'tree/a.log': '',
  'tree/keep.log': '',
  'tree/build/x': '',
  'tree/src/build/x': '',
  'tree/node_modules/p/index.js': '',
  'tree/src/node_modules/p/index.js': '',
  'tree/src/.gitignore': '!a.log\n*.tmp\nkeep.log\n',
  'tree/src/a.log': '',
  'tree/src/keep.log': '',
  'tree/src/b.log': '',
  'tree/src/x.tmp': '',
  'tree/secrets/a': '',
  'tree/docs/a/b/draft.md': '',
  'tree/docs/a/b/final.md': '',
  'tree/#hash': '',
  'tree/ü n i.txt': '',
  'tree/.hidden': '',
};

describe('a directory', () => {
  it('gives what git would see there: untracked files too, by the rules of every .gitignore', async () => {
    await place.write(IGNORED);
    place.git('tree', 'init', '-q');
    place.git('tree', 'add', 'src');
    const seen = place.git(
      'tree',
      '-c',
      'core.quotePath=off',
      'ls-files',
      '--cached',
      '--others',
      '--exclude-standard',
    );
    const { names, problems } = await find();
    expect(problems).toEqual([]);
    expect(names).toEqual(seen.split('\n').sort());
    expect(names).toContain('src/a.log');
    expect(names).not.toContain('src/keep.log');
  });

  it('of a repository follows the rules above it, and none from outside the repository', async () => {
    await place.write(IGNORED);
    await place.write({ '.gitignore': '*', 'tree/src/.git-not': '' });
    place.git('tree', 'init', '-q');
    expect((await find('tree/src')).names).toEqual(['.git-not', '.gitignore', 'a.log', 'build/x']);
  });

  it('that is ignored itself was asked for all the same', async () => {
    await place.write({ ...IGNORED, 'tree/build/y.log': '' });
    place.git('tree', 'init', '-q');
    expect((await find('tree/build')).names).toEqual(['x', 'y.log']);
  });

  it('without a repository has its own rules', async () => {
    await place.write(IGNORED);
    expect((await find()).names).toContain('src/build/x');
    expect((await find()).names).not.toContain('a.log');
  });

  it('gives neither .git nor the state directory', async () => {
    await place.write({ 'x/a': '', 'x/.git/config': '', 'x/sub/.git': 'gitdir: elsewhere', 'state/journal/1': '' });
    const { names, problems } = await find('.');
    expect({ names, problems }).toEqual({ names: ['x/a'], problems: [] });
    expect((await find('state/journal')).problems).toEqual(['lies in the state directory of this installation']);
  });
});

describe('links', () => {
  it('give nothing of .git or of the state directory either', async () => {
    await place.write({ a: '', '.git/config': '', 'state/journal/1': '' });
    const links = {
      config: '.git/config',
      git: '.git',
      journal: 'state/journal',
      state2: 'state',
      one: 'state/journal/1',
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, place.path(name));
    expect(await find('.')).toEqual({ names: ['a'], problems: [] });
  });

  it('inside are followed, to files and to directories', async () => {
    await place.write({ 'tree/real/a': 'content', 'tree/real/.gitignore': 'skip', 'tree/real/skip': '' });
    await mkdir(place.path('tree/sub'));
    await symlink('../real', place.path('tree/sub/linked'));
    await symlink('real/a', place.path('tree/file'));
    const problems: Problem[] = [];
    const source = { path: 'in', directory: place.path('tree'), at: '/i', stateDir: place.path('state') };
    const found = await findInDirectory(source, problems);
    expect(problems).toEqual([]);
    expect(found.map(({ path }) => path)).toEqual([
      'in/file',
      'in/real/.gitignore',
      'in/real/a',
      'in/sub/linked/.gitignore',
      'in/sub/linked/a',
    ]);
    for (const one of [found[0], found[4]]) expect(one && (await read(one)).toString()).toBe('content');
  });

  it('that lead out, to nothing or in a circle are problems; ignored ones are none', async () => {
    await place.write({ 'tree/a': '', 'outside/secret': '', 'tree/.gitignore': 'ignored' });
    const links = {
      out: '../outside/secret',
      'out-dir': '../outside',
      absolute: place.path('outside/secret'),
      nothing: 'none',
      self: 'self',
      circle: '.',
      ignored: '../outside',
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, place.path('tree', name));
    const { names, problems } = await find();
    expect(names).toEqual(['.gitignore', 'a']);
    expect(problems).toEqual([
      'cannot be taken: "absolute" is a link that leads out of it',
      'cannot be taken: "circle" is a link that leads in a circle',
      'cannot be taken: "nothing" is a link to what is not there',
      'cannot be taken: "out" is a link that leads out of it',
      'cannot be taken: "out-dir" is a link that leads out of it',
      'cannot be taken: "self" is a link to what is a link now, or leads in a circle',
    ]);
  });

  it('put in the place of a file that was found are not followed', async () => {
    await place.write({ 'tree/a': '', 'outside/secret': 'secret' });
    const source = { path: '.', directory: place.path('tree'), at: '/i', stateDir: place.path('state') };
    const [found] = await findInDirectory(source, []);
    await rm(place.path('tree/a'));
    await symlink('../outside/secret', place.path('tree/a'));
    await expect(found && read(found)).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });

  it('put in the place of a directory above a file that was found are not followed either', async () => {
    await place.write({ 'tree/sub/a': '', 'outside/a': 'secret' });
    const source = { path: '.', directory: place.path('tree'), at: '/i', stateDir: place.path('state') };
    const [found] = await findInDirectory(source, []);
    await rm(place.path('tree/sub'), { recursive: true });
    await symlink('../outside', place.path('tree/sub'));
    await expect(found && read(found)).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });
});
