import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { faultOfName, placeIn } from './artifact-places.js';

let root: string;
beforeEach(async () => void (root = await realpath(await mkdtemp(path.join(tmpdir(), 'agentdispatch-places-')))));
afterEach(() => rm(root, { recursive: true }));

describe('the name of an artifact', () => {
  it.each(['a', 'out/report.md', '.hidden', 'a b/ü', '..a/b..'])('may be %j', (name) => {
    expect(faultOfName(name)).toBeUndefined();
  });

  it.each([
    '../a',
    'a/../../b',
    '/etc/passwd',
    'C:x',
    'a\\b',
    '\\\\host\\x',
    'a\0',
    'a\nb',
    '.',
    '..',
    '',
    'a//b',
    'a/',
  ])('may not be %j', (name) => {
    expect(faultOfName(name)).toEqual(expect.any(String));
  });
});

describe('the place of an artifact', () => {
  it('is below the directory, with its parents made', async () => {
    const place = await placeIn(path.join(root, 'out'), 'a/b/c');
    expect(place).toBe(path.join(root, 'out/a/b/c'));
    await writeFile(place ?? '', '');
  });

  it('is never reached through a link that leads out', async () => {
    await mkdir(path.join(root, 'out/inside'), { recursive: true });
    await symlink(root, path.join(root, 'out/link'));
    await symlink('inside', path.join(root, 'out/in'));
    expect(await placeIn(path.join(root, 'out'), 'link/a')).toBeUndefined();
    expect(await placeIn(path.join(root, 'out'), 'in/a')).toBe(path.join(root, 'out/inside/a'));
  });

  it('is refused where a file stands in the way', async () => {
    await writeFile(path.join(root, 'a'), '');
    await expect(placeIn(root, 'a/b')).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });
});
