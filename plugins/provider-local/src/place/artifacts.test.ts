import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { findArtifacts } from './artifacts.js';

let root: string;
let directory: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'artifacts-')));
  directory = join(root, 'work');
  for (const name of ['../outside', 'top.txt', 'out/a.json', 'out/deep/b.json', '.hidden', 'odd[1].txt']) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), name);
  }
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

it.each<[string, string[], string[]]>([
  ['a name', ['top.txt'], ['top.txt']],
  ['a name written with a dot', ['./out/a.json'], ['out/a.json']],
  ['a name with brackets', ['odd[1].txt'], ['odd[1].txt']],
  ['a pattern', ['out/*.json'], ['out/a.json']],
  ['a pattern over folders', ['**/*.json'], ['out/a.json', 'out/deep/b.json']],
  ['a folder', ['out'], ['out/a.json', 'out/deep/b.json']],
  ['a hidden file', ['.h*'], ['.hidden']],
  ['two that overlap', ['out', '**/a.json'], ['out/a.json', 'out/deep/b.json']],
])('finds %s', async (_what, patterns, names) => {
  const { files, notes } = await findArtifacts(patterns, directory);
  expect(files).toEqual(names.map((name) => ({ name, file: join(directory, name) })));
  expect(notes).toEqual([]);
});

it('follows no link out of the directory, and says so', async () => {
  symlinkSync(join(root, 'outside'), join(directory, 'link'));
  symlinkSync(root, join(directory, 'way'));
  symlinkSync('top.txt', join(directory, 'inner'));
  const { files, notes } = await findArtifacts(['link', 'way/outside', 'way/*', 'inner'], directory);
  expect(files).toEqual([{ name: 'inner', file: join(directory, 'top.txt') }]);
  expect(notes).toHaveLength(3);
});

it('takes at most a thousand files and says how many there are', async () => {
  mkdirSync(join(directory, 'many'));
  for (let count = 0; count < 1_001; count += 1) writeFileSync(join(directory, 'many', String(count)), '');
  const { files, notes } = await findArtifacts(['many/*'], directory);
  expect([files.length, notes.length]).toEqual([1_000, 1]);
});
