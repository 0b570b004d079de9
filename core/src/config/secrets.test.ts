import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SecretReferences } from '@agent-dispatch/schemas';
import type { DispatchError } from '../errors/index.js';
import { SecretResolver, type SecretResolverOptions } from './secrets.js';
import { TemporaryDirectories } from './testdata/temporary-directory.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

const resolver = (baseDir: string, more: Partial<SecretResolverOptions> = {}): SecretResolver =>
  new SecretResolver({ baseDir, env: { PATH: process.env['PATH'], MODEL_KEY: 's3cret', EMPTY: '' }, ...more });

const node = (script: string): string[] => [process.execPath, '-e', script];

describe('SecretResolver', () => {
  it('finds values in the environment, in a file and in the output of a command', async () => {
    const baseDir = await directories.make({ 'keys/token': 'from-file\n\n' });
    const references: SecretReferences = {
      A: { source: 'environment', name: 'MODEL_KEY' },
      B: { source: 'file', path: 'keys/token' },
      C: { source: 'command', command: node('console.log("from " + process.argv[1])').concat('$HOME; x') },
    };
    expect(await resolver(baseDir).resolve(references)).toEqual({ A: 's3cret', B: 'from-file\n', C: 'from $HOME; x' });
  });

  it('runs a command beside the configuration, with an environment that holds no other secret', async () => {
    const baseDir = await directories.make();
    const script = 'console.log(JSON.stringify([process.cwd(), process.env.MODEL_KEY ?? null]))';
    const { C = '' } = await resolver(baseDir).resolve({ C: { source: 'command', command: node(script) } });
    expect(JSON.parse(C)).toEqual([baseDir, null]);
  });

  const failing: [title: string, reference: SecretReferences[string], reason: string][] = [
    ['an unset variable', { source: 'environment', name: 'NOT_SET' }, 'environment variable NOT_SET is not set'],
    ['an empty variable', { source: 'environment', name: 'EMPTY' }, 'environment variable EMPTY is not set'],
    ['a missing file', { source: 'file', path: 'no' }, 'file no cannot be opened (ENOENT)'],
    ['an empty file', { source: 'file', path: 'empty' }, 'file empty is empty'],
    ['a directory', { source: 'file', path: '.' }, 'file . is a directory'],
    ['a file too large to be a secret', { source: 'file', path: 'large' }, 'file large is larger than 65536 bytes'],
    ['a binary file', { source: 'file', path: 'binary' }, 'file binary holds a NUL character'],
    [
      'a program that is not there',
      { source: 'command', command: ['./none'] },
      'command ./none cannot be run (ENOENT)',
    ],
  ];
  it.each(failing)('%s is told, with the reference', async (_title, reference, reason) => {
    const baseDir = await directories.make({ empty: '', large: 'x'.repeat(65_537), binary: 'a\0b' });
    await expect(resolver(baseDir).resolve({ KEY: reference })).rejects.toMatchObject({
      code: 'AD_CONFIG_SECRET_UNRESOLVED',
      problems: [{ pointer: '/secrets/KEY', message: reason }],
    });
  });

  it('reports every reference that yields nothing', async () => {
    const error = await failure({
      A: { source: 'environment', name: 'NO' },
      B: { source: 'environment', name: 'NOT' },
    });
    expect(error.problems?.map(({ pointer }) => pointer)).toEqual(['/secrets/A', '/secrets/B']);
  });

  it('a failing command gives its exit code, and neither its output nor its arguments', async () => {
    const script = 'console.log("hunter2"); console.error("hunter2"); process.exit(3)';
    const error = await failure({ C: { source: 'command', command: [...node(script), 'hunter2'] } });
    expect(error.problems?.[0]?.message).toBe(`command ${process.execPath} ended with exit code 3`);
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('hunter2');
  });

  it('a command that does not end is stopped', async () => {
    const error = await failure({ C: { source: 'command', command: node('setInterval(() => {}, 1000)') } }, 200);
    expect(error.problems?.[0]?.message).toContain('did not end in time');
  });

  it('a command that prints without end is stopped', async () => {
    const error = await failure({ C: { source: 'command', command: node('process.stdout.write("x".repeat(1e6))') } });
    expect(error.problems?.[0]?.message).toContain('printed more than 65536 bytes');
  });
});

async function failure(references: SecretReferences, commandTimeout?: number): Promise<DispatchError> {
  const options = commandTimeout === undefined ? {} : { commandTimeout };
  return resolver(path.resolve('.'), options)
    .resolve(references)
    .then(
      () => Promise.reject(new Error('it was resolved')),
      (error: unknown) => error as DispatchError,
    );
}
