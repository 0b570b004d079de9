import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCommand, readInstruction } from './read-request.js';
import type { RequestFlags } from './request-flags.js';

let directory: string;
beforeAll(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'agentdispatch-request-'))));
afterAll(async () => await rm(directory, { recursive: true }));

const flags = (given: Partial<RequestFlags> = {}): RequestFlags =>
  ({ command: false, shell: false, ...given }) as RequestFlags;
const invalid = expect.objectContaining({ code: 'AD_INPUT_INVALID' });

describe('the flags of run', () => {
  it('become the arguments of the operation, and nothing that was not given', async () => {
    const given = flags({
      runtime: 'r',
      context: ['a=1', 'b=x=y'],
      'context-json': '{"a":0,"c":{"d":true}}',
      input: ['data/in.csv:/tmp/x.csv', '/abs/file.txt'],
      artifact: ['out/**'],
      label: ['team=docs'],
      timeout: 60,
      'idempotency-key': 'k',
      set: ['port=8080', 'name=web', 'tags=["a"]', 'quoted="8080"'],
    });
    expect(await readInstruction(given, ['do it'])).toEqual({
      instruction: 'do it',
      runtime: 'r',
      context: { a: '1', b: 'x=y', c: { d: true } },
      inputs: [
        { path: 'data/in.csv', file: path.resolve('/tmp/x.csv') },
        { path: 'file.txt', file: path.resolve('/abs/file.txt') },
      ],
      artifacts: ['out/**'],
      labels: { team: 'docs' },
      timeout_seconds: 60,
      idempotency_key: 'k',
      target_details: { port: 8080, name: 'web', tags: ['a'], quoted: '8080' },
    });
    expect(await readInstruction(flags(), [])).toEqual({});
  });

  it('place an input where it lies here when no other place is given', async () => {
    const { inputs } = await readInstruction(flags({ input: ['src/a.ts'] }), ['x']);
    expect(inputs).toEqual([{ path: 'src/a.ts', file: path.resolve('src/a.ts') }]);
  });

  it('place files, directories and commits, each from its own kind of source', async () => {
    await writeFile(path.join(directory, 'a=b.txt'), '');
    const given = flags({
      input: ['data/in.csv=./x.csv', 'old/way:./y.csv', path.join(directory, 'a=b.txt'), '../up.txt'],
      'input-dir': ['.', 'src', 'lib=../other', '/abs/tree'],
      'input-git': ['.', 'repo=../other#v1', 'https://example.com/a=b.git#main', 'x=https://example.com/b.git'],
    });
    const { inputs } = await readInstruction(given, ['x']);
    expect(inputs).toEqual([
      { path: 'data/in.csv', file: path.resolve('x.csv') },
      { path: 'old/way', file: path.resolve('y.csv') },
      { path: 'a=b.txt', file: path.join(directory, 'a=b.txt') },
      { path: 'up.txt', file: path.resolve('../up.txt') },
      { path: '.', directory: process.cwd() },
      { path: 'src', directory: path.resolve('src') },
      { path: 'lib', directory: path.resolve('../other') },
      { path: 'tree', directory: path.resolve('/abs/tree') },
      { path: '.', git: { repository: process.cwd() } },
      { path: 'repo', git: { repository: path.resolve('../other'), ref: 'v1' } },
      { path: '.', git: { repository: 'https://example.com/a=b.git', ref: 'main' } },
      { path: 'x', git: { repository: 'https://example.com/b.git' } },
    ]);
  });

  it('read the instruction and a schema from files', async () => {
    await writeFile(path.join(directory, 'task.md'), 'the task\n');
    await writeFile(path.join(directory, 'schema.json'), '{"type":"object"}');
    const given = flags({
      'instruction-file': path.join(directory, 'task.md'),
      'output-schema': path.join(directory, 'schema.json'),
    });
    expect(await readInstruction(given, [])).toEqual({ instruction: 'the task\n', output_schema: { type: 'object' } });
  });

  it.each([
    ['words without quotes', flags(), ['do', 'it']],
    ['two instructions', flags({ 'instruction-file': 'x' }), ['do it']],
    ['a file that is not there', flags({ 'instruction-file': '/nowhere/x' }), []],
    ['a pair without =', flags({ label: ['team'] }), ['x']],
    ['context that is no object', flags({ 'context-json': '[1]' }), ['x']],
  ])('refuse %s', async (_what, given, words) => {
    await expect(readInstruction(given, words)).rejects.toEqual(invalid);
  });
});

describe('a command', () => {
  it('is one line, or program and arguments', async () => {
    expect((await readCommand(flags(), ['npm test'])).command).toBe('npm test');
    expect((await readCommand(flags(), ['npm', 'test'])).command).toEqual(['npm', 'test']);
    await expect(readCommand(flags(), [])).rejects.toEqual(invalid);
  });

  it('has its own environment, directory and shell', async () => {
    const given = flags({ env: ['A=1'], 'working-directory': 'sub', shell: true });
    expect((await readCommand(given, ['ls'])).input).toEqual({
      environment: { A: '1' },
      working_directory: 'sub',
      shell: true,
    });
  });
});
