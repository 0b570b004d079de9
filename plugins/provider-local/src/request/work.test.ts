import { describe, expect, it } from '@jest/globals';
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { UnusableRequest } from '../failures.js';
import { agent, command, shell } from '../testdata/bench.js';
import { readWork } from './work.js';

const CONTEXT = { taskId: 'task_x', attempt: 2 };

const pointerOf = (request: DispatchRequest): string | undefined => {
  try {
    readWork(request, CONTEXT);
    return undefined;
  } catch (error) {
    if (error instanceof UnusableRequest) return error.pointer;
    throw error;
  }
};

describe('readWork', () => {
  it.each<[string, string, string[]]>([
    ['quotes', `git commit -m 'a b' "c d"`, ['git', 'commit', '-m', 'a b', 'c d']],
    ['escapes', 'echo a\\ b', ['echo', 'a b']],
    ['quotes inside a word', 'x --y="a b"c', ['x', '--y=a bc']],
    ['no expansion', 'echo $HOME *.txt `id`', ['echo', '$HOME', '*.txt', '`id`']],
    ['an empty argument', `x ''`, ['x', '']],
  ])('splits a line: %s', (_what, line, words) => {
    const { program, arguments: rest } = readWork(command(line), CONTEXT).command;
    expect([program, ...rest]).toEqual(words);
  });

  it('gives a line to a shell only when asked', () => {
    const request = shell('x', {});
    expect(readWork(request, CONTEXT).command).toEqual({
      program: '/bin/sh',
      arguments: ['-c', request.input.command],
    });
  });

  it.each<[string, DispatchRequest, string]>([
    ['no agent command', agent('x', {}), '/target/details/command'],
    ['an empty agent command', agent('x', { command: [] }), '/target/details/command'],
    ['an agent command that is no text', agent('x', { command: 5 }), '/target/details/command'],
    ['an unknown envelope', agent('x', { command: 'x', envelope: 'xml' }), '/target/details/envelope'],
    [
      'a task too long for an argument',
      agent('x'.repeat(200_000), { command: 'x', promptVia: 'argument' }),
      '/input/instruction',
    ],
    ['a relative session directory', command('x', {}, { directory: 'here' }), '/target/details/directory'],
    ['an open quote', command(`echo 'x`), '/input/command'],
    ['a blank line', command('  '), '/input/command'],
    ['a list for a shell', command(['x'], { shell: true }), '/input/command'],
    ['a working directory above', command('x', { workingDirectory: 'a/../..' }), '/input/workingDirectory'],
    ['an absolute working directory', command('x', { workingDirectory: '/etc' }), '/input/workingDirectory'],
    ['an input elsewhere', command('x', { inputs: [{ path: 'a' }, { path: '../a' }] }), '/input/inputs/1/path'],
    ['an artifact elsewhere', command('x', { artifacts: ['../*'] }), '/input/artifacts/0'],
    ['a name no variable can have', command('x', { environment: { 'a/b': 'x' } }), '/input/environment/a~1b'],
  ])('refuses %s with its place', (_what, request, pointer) => {
    expect(pointerOf(request)).toBe(pointer);
  });
});
