import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@agent-dispatch/core';
import { quickStateDir, type Surroundings } from './state-dir.js';

let home: string;
let cwd: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'agentdispatch-quick-'));
  cwd = path.join(home, 'project', 'inner');
  await mkdir(cwd, { recursive: true });
});
afterEach(async () => await rm(home, { recursive: true }));

const put = (name: string, text: string): Promise<void> => writeFile(path.join(home, name), text);
const surroundings = (more: Partial<Surroundings> = {}): Surroundings => ({
  cwd,
  ...more,
  env: { HOME: home, ...more.env },
});

describe('the quickly found state directory', () => {
  it.each<[string, string, string, Partial<Surroundings>]>([
    ['beside the file found above', 'project/agentdispatch.config.json', '{}', {}],
    ['named by the file', 'project/agentdispatch.config.json', '{"stateDir":"../elsewhere"}', {}],
    ['beside the file named', 'other.json', '{}', { config: '../../other.json' }],
    ['of the variable that names the file', 'other.json', '{}', { env: { AGENTDISPATCH_CONFIG: '../../other.json' } }],
    ['of its own variable', 'project/agentdispatch.config.json', '{}', { env: { AGENTDISPATCH_STATE_DIR: 'x' } }],
    ['the user’s, without a file', 'project/notes.txt', '', {}],
    ['the user’s, moved', 'project/notes.txt', '', { env: { XDG_STATE_HOME: '/var/state' } }],
    ['past a package that is none of ours', 'project/package.json', '{"name":"x"}', {}],
  ])('is the loader’s: %s', async (_what, file, text, more) => {
    await put(file, text);
    const given = surroundings(more);
    const loaded = await loadConfig({
      cwd,
      env: given.env,
      home,
      ...(given.config !== undefined && { path: given.config }),
    });
    expect(await quickStateDir(given)).toBe(loaded.stateDir);
  });

  it.each([
    ['a YAML file', 'project/agentdispatch.config.yaml', 'stateDir: x\n', {}],
    ['a package that speaks of this program', 'project/package.json', '{"agentdispatch":{}}', {}],
    ['a broken file', 'project/agentdispatch.config.json', '{', {}],
    ['a file that is not there', 'project/notes.txt', '', { config: 'nowhere.json' }],
  ])('is left to the loader for %s', async (_what, file, text, more) => {
    await put(file, text);
    expect(await quickStateDir(surroundings(more))).toBeUndefined();
  });
});
