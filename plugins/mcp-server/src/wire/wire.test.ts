import { describe, expect, it } from '@jest/globals';
import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { takeStdout } from './wire.js';

const everythingIn = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? '');

describe('takeStdout', () => {
  it('keeps stdout for the protocol and sends everybody else to stderr', async () => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const wire = takeStdout(stdout, stderr);
    new Console(stdout).log('a plugin prints');
    stdout.write('a library writes\n');
    await new Promise((resolve) => wire.write('{"jsonrpc":"2.0"}\n', resolve));
    expect(everythingIn(stdout)).toBe('{"jsonrpc":"2.0"}\n');
    expect(everythingIn(stderr)).toBe('a plugin prints\na library writes\n');
  });

  it('writes in order, and together, what comes while a write is under way', async () => {
    const written: string[] = [];
    const done: (() => void)[] = [];
    const stdout = {
      write: (chunk: string | Uint8Array, then?: unknown) => {
        written.push(String(chunk));
        return done.push(then as () => void) > 0;
      },
    };
    const wire = takeStdout(stdout, new PassThrough());
    for (const text of ['one\n', 'two\n', Buffer.from('three\n'), 'four\n']) wire.write(text);
    done.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toEqual(['one\n', 'two\nthree\nfour\n']);
  });

  it('reports on the wire what fails on stdout', async () => {
    const stdout = new PassThrough();
    const wire = takeStdout(stdout, new PassThrough());
    stdout.once('error', () => undefined).destroy();
    const failed = new Promise<Error>((resolve) => wire.once('error', resolve));
    wire.write('x');
    expect((await failed).message).toMatch(/destroyed/);
  });
});
