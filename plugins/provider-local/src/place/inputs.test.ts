import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { placeInputs } from './inputs.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let root: string;
let directory: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'inputs-')));
  directory = join(root, 'work');
  mkdirSync(directory);
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const place = (...inputs: Parameters<typeof placeInputs>[0]): Promise<void> =>
  placeInputs(inputs, directory, 'task_x-1');

describe('placeInputs', () => {
  it('places texts and files, in folders of their own, and leaves nothing else', async () => {
    writeFileSync(join(root, 'source'), 'from a file');
    await place(
      { path: 'a/b/c.txt', text: 'text' },
      { path: 'd', file: join(root, 'source'), sha256: sha256('from a file') },
    );
    expect(readFileSync(join(directory, 'a/b/c.txt'), 'utf8')).toBe('text');
    expect(readFileSync(join(directory, 'd'), 'utf8')).toBe('from a file');
    expect(readdirSync(directory, { recursive: true }).sort()).toEqual(['a', 'a/b', 'a/b/c.txt', 'd']);
  });

  it('makes programs of those that are, and of no others', async () => {
    await place({ path: 'run', text: '#!/bin/sh\nexit 7\n', executable: true }, { path: 'read', text: 'x' });
    expect(spawnSync(join(directory, 'run')).status).toBe(7);
    expect(statSync(join(directory, 'read')).mode & 0o111).toBe(0);
  });

  it('may be repeated, also over what a crash left', async () => {
    await place({ path: 'a', text: 'text' });
    writeFileSync(join(directory, '.b.task_x-1.part'), 'torn');
    await place({ path: 'a', text: 'text' }, { path: 'b', text: 'more' });
    expect(readdirSync(directory).sort()).toEqual(['a', 'b']);
  });

  it('never replaces another file', async () => {
    writeFileSync(join(directory, 'a'), 'precious');
    await expect(place({ path: 'a', text: 'new' })).rejects.toMatchObject({ pointer: '/input/inputs/0/path' });
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('precious');
    expect(readdirSync(directory)).toEqual(['a']);
  });

  it('refuses content of another hash and leaves nothing', async () => {
    const wrong = place({ path: 'a', text: 'x' }, { path: 'b', text: 'y', sha256: sha256('z') });
    await expect(wrong).rejects.toMatchObject({ code: 'AD_INPUT_INVALID', pointer: '/input/inputs/1/sha256' });
    expect(readdirSync(directory)).toEqual(['a']);
  });

  it.each([
    ['a link to a directory outside', 'out/x', 'out'],
    ['a link to a file outside', 'out', 'out'],
    ['a link to nothing', 'gone', 'gone'],
  ])('does not write through %s', async (_what, path, link) => {
    symlinkSync(link === 'gone' ? join(root, 'nothing') : root, join(directory, link));
    await expect(place({ path, text: 'x' })).rejects.toMatchObject({ pointer: '/input/inputs/0/path' });
    expect(readdirSync(root)).toEqual(['work']);
  });

  it.each([
    ['absent', { path: 'a', file: '/no/such/file' }, '/input/inputs/0/file'],
    ['relative', { path: 'a', file: 'relative' }, '/input/inputs/0'],
    ['not named', { path: 'a' }, '/input/inputs/0'],
    ['a directory', { path: 'a', file: '/' }, '/input/inputs/0/file'],
  ])('refuses a source that is %s', async (_what, input, pointer) => {
    await expect(place(input)).rejects.toMatchObject({ pointer });
    expect(readdirSync(directory)).toEqual([]);
  });
});
