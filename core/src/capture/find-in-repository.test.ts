// What a commit gives, and what may not happen on the way there.
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { devNull } from 'node:os';
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Problem } from '@agent-dispatch/schemas';
import type { FoundFile } from './found-file.js';
import { runGit } from './git.js';
import { findInRepository, type RepositorySource } from './find-in-repository.js';
import { capture, Place, read } from './testdata/place.js';

let place: Place;
beforeEach(async () => {
  place = await Place.make();
  await mkdir(place.path('repo'));
  place.git('repo', 'init', '-q');
});
afterEach(() => place.dispose());

function commit(message = 'x'): string {
  place.git('repo', 'add', '-A', '-f');
  place.git('repo', 'commit', '-q', '-m', message);
  return place.git('repo', 'rev-parse', 'HEAD');
}

const local = (git: Partial<RepositorySource['git']> = {}): RepositorySource['git'] => ({
  repository: place.path('repo'),
  ...git,
});

async function find(
  git: RepositorySource['git'],
  more: Partial<RepositorySource> = {},
): Promise<{ files: Record<string, string>; found: FoundFile[]; problems: string[] }> {
  const problems: Problem[] = [];
  const into = async (): Promise<string> => place.path('state');
  const environment = { PATH: process.env['PATH'] ?? '' };
  const source = { path: '.', at: '/i', git, into, maxBytes: 1_000_000, environment, ...more };
  const { files: found, close } = await findInRepository(source, problems);
  const files: Record<string, string> = {};
  for (const one of found) files[one.path] = (await read(one)).toString();
  await close();
  return { files, found, problems: problems.map(({ message }) => message) };
}

describe('a local repository', () => {
  it('gives the files of a commit, and nothing that is not committed', async () => {
    await place.write({
      'repo/a': '1',
      'repo/sub/b c': 'two\n',
      'repo/empty': '',
      'repo/.gitattributes': 'a export-ignore',
    });
    const first = commit();
    await place.write({ 'repo/a': 'changed', 'repo/untracked': '' });
    const files = { a: '1', 'sub/b c': 'two\n', empty: '', '.gitattributes': 'a export-ignore' };
    expect(await find(local())).toMatchObject({ files, problems: [] });
    commit();
    place.git('repo', 'tag', 'v2');
    expect((await find(local({ ref: 'v2' }))).files).toMatchObject({ a: 'changed', untracked: '' });
    expect((await find(local({ ref: first.slice(0, 10) }))).files).toEqual(files);
    expect((await find(local({ ref: 'HEAD~1' }))).files).toEqual(files);
  });

  it('gives content as it is committed, of any kind and size', async () => {
    const bytes = randomBytes(700_000);
    await place.write({ 'repo/bin': bytes, 'repo/crlf.txt': 'a\r\nb\n', 'repo/.gitattributes': '*.txt text eol=crlf' });
    commit();
    const { found } = await find(local());
    const { taken, contents } = await capture(place, [{ path: 'in', git: local() }]);
    expect(taken.find((one) => one.path === 'in/bin')).toMatchObject({ size: 700_000 });
    expect(contents['in/crlf.txt']).toBe(place.git('repo', 'show', 'HEAD:crlf.txt') + '\n');
    expect(found.map(({ path: name, size }) => [name, size])).toEqual([
      ['.gitattributes', 19],
      ['bin', 700_000],
      ['crlf.txt', contents['in/crlf.txt']?.length],
    ]);
  });

  it('keeps programs programs, follows links inside, and leaves submodules out', async () => {
    await place.write({ 'repo/run.sh': 'x', 'repo/dir/a': 'in dir' });
    await chmod(place.path('repo/run.sh'), 0o755);
    await symlink('dir', place.path('repo/link'));
    await mkdir(place.path('repo/deep'));
    await symlink('../link/a', place.path('repo/deep/file'));
    const id = commit();
    place.git('repo', 'update-index', '--add', '--cacheinfo', `160000,${id},module`);
    place.git('repo', 'commit', '-q', '-m', 'module');
    const { files, found, problems } = await find(local());
    expect(problems).toEqual([]);
    expect(files).toEqual({ 'run.sh': 'x', 'dir/a': 'in dir', 'link/a': 'in dir', 'deep/file': 'in dir' });
    expect(found.filter(({ executable }) => executable).map(({ path: name }) => name)).toEqual(['run.sh']);
  });

  it('refuses links that lead out, to nothing or in a circle', async () => {
    await place.write({ 'repo/a': '' });
    const links = { out: '../../etc/passwd', absolute: '/etc/passwd', nothing: 'none', circle: 'circle', root: '.' };
    for (const [name, target] of Object.entries(links)) await symlink(target, place.path('repo', name));
    commit();
    const { problems } = await find(local());
    for (const [name, why] of [
      ['out', 'out of it'],
      ['absolute', 'out of it'],
      ['nothing', 'not there'],
      ['circle', 'circle'],
      ['root/root', 'circle'],
    ])
      expect(problems).toContainEqual(expect.stringMatching(new RegExp(`"${String(name)}".*${String(why)}`)));
  });

  it.each([
    ['a branch that is not there', () => local({ ref: 'none' }), '/i/git/ref'],
    ['a blob for a commit', () => local({ ref: 'HEAD:a' }), '/i/git/ref'],
    ['a directory without a repository', () => ({ repository: place.path('state') }), '/i/git/repository'],
    ['a directory that is not there', () => ({ repository: place.path('none') }), '/i/git/repository'],
    ['a file', () => ({ repository: place.path('repo/a') }), '/i/git/repository'],
    ['a directory inside of one', () => ({ repository: place.path('repo/sub') }), '/i/git/repository'],
  ])('refuses %s', async (_what, git, pointer) => {
    await place.write({ 'repo/a': '', 'repo/sub/b': '' });
    commit();
    await expect(find(git())).rejects.toMatchObject({ code: 'AD_INPUT_INVALID', problems: [{ pointer }] });
  });

  it('runs nothing that the repository or the user configured', async () => {
    await place.write({ 'repo/a.x': 'content', 'repo/.gitattributes': '*.x filter=evil diff=evil' });
    commit();
    const evil = `touch ${place.path('ran')}`;
    for (const key of ['filter.evil.smudge', 'filter.evil.process', 'core.fsmonitor', 'core.sshCommand', 'core.pager'])
      place.git('repo', 'config', key, evil);
    await place.write({
      '.gitconfig': '[user]\n\tname = me\n',
      'repo/.git/hooks/post-checkout': `#!/bin/sh\n${evil}\n`,
    });
    await chmod(place.path('repo/.git/hooks/post-checkout'), 0o755);
    expect((await find(local())).files).toMatchObject({ 'a.x': 'content' });
    expect(await readdir(place.root)).not.toContain('ran');
  });

  it('is read without what the user keeps at home, credentials among them', async () => {
    // Without HOME, libcurl would take the home of the user database for its .netrc.
    const environment = { PATH: process.env['PATH'] ?? '', HOME: place.root };
    const args = ['-c', 'alias.home=!echo "$HOME"', 'home'];
    const answer = await runGit(args, { environment, cwd: place.path('repo') });
    expect(answer.ok && answer.output.toString().trim()).toBe(devNull);
  });

  it('needs git, and says so where there is none', async () => {
    await expect(find(local(), { environment: { PATH: place.path('state') } })).rejects.toMatchObject({
      code: 'AD_INPUT_UNREACHABLE',
      message: expect.stringContaining('not installed') as unknown,
    });
  });
});

describe('a repository that is fetched', () => {
  const far = (git: Partial<RepositorySource['git']> = {}): RepositorySource['git'] => ({
    repository: `file://${place.path('repo')}`,
    ...git,
  });
  const allowed = { protocols: 'file' };

  it('gives the commit alone, by branch, tag or default', async () => {
    await place.write({ 'repo/a': '1' });
    commit();
    place.git('repo', 'tag', '-a', 'v1', '-m', 'v1');
    await place.write({ 'repo/a': '2', 'repo/b': 'x' });
    commit();
    expect((await find(far(), allowed)).files).toEqual({ a: '2', b: 'x' });
    expect((await find(far({ ref: 'v1' }), allowed)).files).toEqual({ a: '1' });
    const fetched = path.join(place.path('state'), (await readdir(place.path('state')))[0] ?? '');
    expect(place.git(path.relative(place.root, fetched), 'rev-list', '--count', 'FETCH_HEAD')).toBe('1');
  });

  it('by another way than https is refused', async () => {
    await place.write({ 'repo/a': '1' });
    commit();
    await expect(find(far())).rejects.toMatchObject({ code: 'AD_INPUT_UNREACHABLE' });
  });

  it('that has no such branch is refused', async () => {
    await place.write({ 'repo/a': '1' });
    commit();
    await expect(find(far({ ref: 'none' }), allowed)).rejects.toMatchObject({
      code: 'AD_INPUT_INVALID',
      problems: [{ pointer: '/i/git/ref' }],
    });
  });

  it('that is larger than a task may be given is refused', async () => {
    await place.write({ 'repo/a': randomBytes(3_000_000) });
    commit();
    await expect(find(far(), allowed)).rejects.toMatchObject({ code: 'AD_INPUT_TOO_LARGE' });
  });

  describe('from an address of this network', () => {
    let connections: number;
    let server: Server;
    beforeEach(async () => {
      connections = 0;
      server = createTcpServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    const at = (host: string): RepositorySource['git'] => ({
      repository: `https://${host}:${String((server.address() as AddressInfo).port)}/a.git`,
    });

    it.each(['127.0.0.1', 'localhost'])('is refused, and nobody is asked: %s', async (host) => {
      await expect(find(at(host))).rejects.toMatchObject({
        code: 'AD_INPUT_INVALID',
        problems: [{ pointer: '/i/git/repository', message: expect.stringContaining('not public') as unknown }],
      });
      expect(connections).toBe(0);
    });

    it('that is allowed is reached', async () => {
      const isAllowed = (): boolean => true;
      await expect(find(at('localhost'), { isAllowed })).rejects.toMatchObject({ code: 'AD_INPUT_UNREACHABLE' });
      expect(connections).toBeGreaterThan(0);
    });
  });

  it('that cannot be reached is named by its place in the arguments, and not by its URL', async () => {
    const git = { repository: 'https://127.0.0.1:1/none.git?token=hush' };
    const failure: unknown = await find(git, { isAllowed: () => true }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'AD_INPUT_UNREACHABLE', problems: [{ pointer: '/i/git/repository' }] });
    expect(JSON.stringify([failure, String(failure)])).not.toContain('hush');
    expect(String(failure)).toContain('127.0.0.1 port 1');
  });

  it('that wants credentials is refused, and nobody is asked', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await writeFile(place.path('.netrc'), 'default login me password p');
    try {
      const git = { repository: `http://127.0.0.1:${String(port)}/a.git` };
      await expect(find(git, { protocols: 'http' })).rejects.toMatchObject({
        code: 'AD_INPUT_INVALID',
        message: expect.stringContaining('credentials') as unknown,
      });
    } finally {
      server.close();
    }
  });
});
