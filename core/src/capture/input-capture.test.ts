// What the inputs of a call become: content taken as it is, or a refusal that names every fault.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewValues } from '../store/index.js';
import { DEFAULT_LIMITS, InputCapture } from './index.js';
import { capture, Place } from './testdata/place.js';

let place: Place;
beforeEach(async () => void (place = await Place.make()));
afterEach(() => place.dispose());

const digest = (content: string): string => createHash('sha256').update(content).digest('hex');
const at = (...pointers: string[]): unknown =>
  expect.objectContaining({ problems: pointers.map((pointer) => expect.objectContaining({ pointer }) as unknown) });

describe('single files', () => {
  it('are taken from paths, file URIs and texts, each at its place', async () => {
    await place.write({ 'a.txt': 'from a path', 'b c.txt': 'from a URI' });
    const { taken, contents } = await capture(place, [
      { path: 'x/a.txt', file: place.path('a.txt'), sha256: digest('from a path') },
      { path: './b.txt', uri: pathToFileURL(place.path('b c.txt')).href },
      { path: 'c.txt', text: 'a text', sha256: digest('a text') },
    ]);
    expect(contents).toEqual({ 'x/a.txt': 'from a path', 'b.txt': 'from a URI', 'c.txt': 'a text' });
    expect(taken[0]).toEqual({
      path: 'x/a.txt',
      blob: `input/${digest('from a path')}`,
      sha256: digest('from a path'),
      size: 11,
    });
  });

  it('of one content are one value, and keep what may be run apart', async () => {
    await place.write({ a: 'same', b: 'same' });
    await chmod(place.path('b'), 0o755);
    const sources = ['a', 'b'].map((name) => ({ path: name, file: place.path(name) }));
    const { taken } = await capture(place, sources);
    expect(taken[0]).not.toHaveProperty('executable');
    expect(taken[1]).toEqual({ ...taken[0], path: 'b', executable: true });
  });

  it('that are large go through in pieces', async () => {
    const content = 'x'.repeat(3_000_000);
    await place.write({ large: content });
    const { contents } = await capture(place, [{ path: 'large', file: place.path('large') }]);
    expect(contents['large'] === content).toBe(true);
  });

  it('that cannot be read are all named, and nothing else is read', async () => {
    await place.write({ 'dir/x': '', there: '' });
    execFileSync('mkfifo', [place.path('pipe')]);
    const failing = capture(place, [
      { path: 'a', file: place.path('missing') },
      { path: 'b', file: place.path('there') },
      { path: 'c', file: place.path('dir') },
      { path: 'd', file: place.path('pipe') },
      { path: 'e', file: place.path('there/x') },
      { path: 'f', uri: pathToFileURL(place.path('missing')).href },
      { path: 'g', text: 'x', sha256: digest('y') },
      { path: 'h', directory: place.path('missing') },
      { path: 'i', directory: place.path('there') },
    ]);
    await expect(failing).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
    await expect(failing).rejects.toEqual(
      at(
        '/inputs/0/file',
        '/inputs/2/file',
        '/inputs/3/file',
        '/inputs/4/file',
        '/inputs/5/uri',
        '/inputs/6/sha256',
        '/inputs/7/directory',
        '/inputs/8/directory',
      ),
    );
  });

  it('of another content than announced are all named, with the digest they have', async () => {
    await place.write({ a: 'a', b: 'b', c: 'c' });
    const failing = capture(place, [
      { path: 'a', file: place.path('a'), sha256: digest('other') },
      { path: 'b', file: place.path('b'), sha256: digest('b') },
      { path: 'c', file: place.path('c'), sha256: digest('other') },
    ]);
    await expect(failing).rejects.toEqual(at('/inputs/0/sha256', '/inputs/2/sha256'));
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining(digest('a')) as unknown });
  });
});

describe('places', () => {
  it('of two files are never one', async () => {
    await place.write({ 'tree/a': '1', 'other/a': '2' });
    const failing = capture(place, [
      { path: 'in', directory: place.path('tree') },
      { path: 'in', directory: place.path('other') },
      { path: 'in/a/b', text: 'below a file' },
    ]);
    await expect(failing).rejects.toEqual(at('/inputs/1', '/inputs/0', '/inputs/1'));
  });

  it('that only some platforms have are refused', async () => {
    await place.write({ 'tree/ok': '', 'tree/C:x': '' });
    await expect(capture(place, [{ path: '.', directory: place.path('tree') }])).rejects.toEqual(at('/inputs/0'));
  });
});

describe('too much', () => {
  it('is refused by number, with the directories that have the most', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `tree/deep/many/${String(index)}`);
    await place.write({ 'tree/one': '', ...Object.fromEntries(names.map((name) => [name, ''])) });
    const sources = [
      { path: 'in', directory: place.path('tree') },
      { path: 'b', text: 'texts do not count' },
    ];
    await expect(capture(place, sources, { maxFiles: 8 })).rejects.toMatchObject({
      code: 'AD_INPUT_TOO_LARGE',
      problems: [{ pointer: '/inputs/0' }],
      details: {
        has: { files: 9 },
        largest: [
          { path: 'in/deep', files: 8 },
          { path: 'in', files: 1 },
        ],
      },
      hint: expect.stringContaining('.gitignore') as unknown,
    });
    await expect(capture(place, sources, { maxFiles: 9 })).resolves.toBeDefined();
  });

  it('is refused by size, with the largest files, and leaves the store as it was', async () => {
    await place.write({ 'tree/small': 'x', 'tree/big': 'x'.repeat(100), 'tree/bigger': 'x'.repeat(200) });
    const failing = capture(place, [{ path: '.', directory: place.path('tree') }], { maxBytes: 300 });
    await expect(failing).rejects.toMatchObject({
      code: 'AD_INPUT_TOO_LARGE',
      message: expect.stringContaining('301') as unknown,
      details: { largest: [{ path: 'bigger' }, { path: 'big' }, { path: 'small' }] },
    });
  });

  it('that only reading tells is refused while it is read', async () => {
    // The file says that it is empty.
    const failing = capture(place, [{ path: 'a', file: '/proc/self/environ' }], { maxBytes: 1 });
    if (process.platform === 'linux') await expect(failing).rejects.toMatchObject({ code: 'AD_INPUT_TOO_LARGE' });
    else await expect(failing).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });

  it('that only storing tells ends what reads a repository', async () => {
    await place.write({ 'repo/big': Buffer.alloc(8 * 1024 * 1024, 'x') });
    place.git('repo', 'init', '-q');
    place.git('repo', 'add', '-A');
    place.git('repo', 'commit', '-q', '-m', 'x');
    const inputs = new InputCapture({
      stateDir: place.path('state'),
      environment: { PATH: process.env['PATH'] ?? '' },
      limits: DEFAULT_LIMITS,
    });
    const put: NewValues['put'] = async (_name, content) => {
      if ('stream' in content) for await (const chunk of content.stream) throw new Error(`full at ${typeof chunk}`);
      throw new TypeError('no stream');
    };
    const source = { path: '.', git: { repository: place.path('repo') } };
    await expect(inputs.capture([source], '/inputs', { put })).rejects.toThrow('full at object');
  });
});

describe('what is fetched', () => {
  it('leaves nothing in the state directory, and neither does a crash', async () => {
    const failing = capture(place, [{ path: '.', git: { repository: 'https://nowhere.invalid/none.git' } }]);
    await expect(failing).rejects.toMatchObject({
      code: 'AD_INPUT_UNREACHABLE',
      problems: [{ pointer: '/inputs/0/git/repository' }],
      retryable: true,
    });
    expect(await readdir(place.path('state/staging'))).toEqual([]);
    await writeFile(place.path('state/staging/left'), '');
    await InputCapture.tidy(place.path('state'));
    expect(await readdir(place.path('state'))).toEqual([]);
  });

  it('must be public', async () => {
    const source = { path: 'a', uri: 'https://127.0.0.1:1/x', sha256: digest('x') };
    await expect(capture(place, [source])).rejects.toEqual(at('/inputs/0/uri'));
  });
});
