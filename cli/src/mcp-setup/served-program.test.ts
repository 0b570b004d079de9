import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { servedProgram } from './served-program.js';

let root: string;
const at = (...names: string[]): string => path.join(root, ...names);
beforeAll(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'agentdispatch-program-')));
  await mkdir(at('lib'));
  await mkdir(at('bin'));
  await writeFile(at('lib', 'agentdispatch.js'), '', { mode: 0o755 });
  await writeFile(at('lib', 'not-executable.js'), '', { mode: 0o644 });
  await writeFile(at('lib', 'node'), '', { mode: 0o755 });
  await symlink('../lib/agentdispatch.js', at('bin', 'agentdispatch'));
  await symlink('../lib/node', at('bin', 'node'));
});
afterAll(async () => await rm(root, { recursive: true }));

const running = (script: string, execPath: string, platform: NodeJS.Platform = 'linux') => ({
  ...{ script, execPath, platform },
  env: { PATH: ['relative', at('bin')].join(path.delimiter) },
});

describe('the program that a client starts', () => {
  it('is the installed command by its path, which an update leaves as it is', () => {
    expect(servedProgram(running(at('lib', 'agentdispatch.js'), '/usr/bin/node'), '/c.json')).toEqual({
      command: at('bin', 'agentdispatch'),
      args: ['mcp', '--config', '/c.json'],
    });
  });

  it('names node where only a shell would find it', () => {
    expect(servedProgram(running(at('lib', 'agentdispatch.js'), at('lib', 'node')), undefined)).toEqual({
      command: at('bin', 'node'),
      args: [at('bin', 'agentdispatch'), 'mcp'],
    });
  });

  it('names node for a script that cannot be executed, and on Windows', () => {
    const script = at('lib', 'not-executable.js');
    expect(servedProgram(running(script, '/usr/bin/node'), undefined)).toMatchObject({ args: [script, 'mcp'] });
    const installed = running(at('lib', 'agentdispatch.js'), '/usr/bin/node', 'win32');
    expect(servedProgram(installed, undefined)).toMatchObject({ args: [at('lib', 'agentdispatch.js'), 'mcp'] });
  });

  it('is none that npx has fetched', () => {
    const script = at('_npx', 'abc', 'node_modules', '.bin', 'agentdispatch');
    expect(() => servedProgram(running(script, '/usr/bin/node'), undefined)).toThrow(/npx may remove/);
  });
});
