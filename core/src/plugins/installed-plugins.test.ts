import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dataDirectory, isPackageName } from './installed-plugins.js';

describe('dataDirectory', () => {
  const cases: [title: string, env: Record<string, string>, platform: NodeJS.Platform, directory: string][] = [
    ['the variable of this program first', { AGENTDISPATCH_DATA_DIR: '/d', XDG_DATA_HOME: '/x' }, 'linux', '/d'],
    ['then XDG_DATA_HOME', { XDG_DATA_HOME: '/x', LOCALAPPDATA: '/l' }, 'win32', '/x/agentdispatch'],
    ['then LOCALAPPDATA on Windows', { LOCALAPPDATA: '/l' }, 'win32', '/l/agentdispatch'],
    ['which means nothing elsewhere', { LOCALAPPDATA: '/l' }, 'darwin', '/home/me/.local/share/agentdispatch'],
    [
      'then the home directory',
      { XDG_DATA_HOME: '', AGENTDISPATCH_DATA_DIR: '' },
      'linux',
      '/home/me/.local/share/agentdispatch',
    ],
    ['a relative XDG_DATA_HOME does not count', { XDG_DATA_HOME: 'x' }, 'linux', '/home/me/.local/share/agentdispatch'],
  ];
  it.each(cases)('%s', (_title, env, platform, directory) => {
    expect(dataDirectory(env, '/home/me', platform)).toBe(path.normalize(directory));
  });
});

describe('isPackageName', () => {
  it.each(['acme', '@acme/provider', 'a.b_c-d~e'])('%s is one', (name) => {
    expect(isPackageName(name)).toBe(true);
  });
  it.each(['..', '.', '', '../x', '@a/../b', 'a/b', '/x', 'a\\b', '@a', '@a/', '.bin', 'a b'])('%j is none', (name) => {
    expect(isPackageName(name)).toBe(false);
  });
});
