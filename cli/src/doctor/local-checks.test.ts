import { describe, expect, it } from '@jest/globals';
import type { KnownProvider, LoadedConfig } from '@agent-dispatch/core';
import { checkNode, checkPlugins } from './local-checks.js';

const config: LoadedConfig = {
  config: { accounts: { a: { provider: 'needed' } } },
  baseDir: '/',
  stateDir: '/s',
  digest: '',
  locate: () => undefined,
};

const known = (provider: string, state: KnownProvider['state']): KnownProvider => ({
  provider,
  packageName: `@x/${provider}`,
  version: '1.0.0',
  source: 'catalogue',
  state,
});

describe('doctor', () => {
  it.each([
    ['20.18.3', 'fail'],
    ['20.19.0', 'pass'],
    ['24.0.0', 'pass'],
    ['18.20.0', 'fail'],
  ])('judges Node %s: %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });

  it('tells of plugins that are there or needed, and of no others', () => {
    const providers = [
      known('here', 'ready'),
      known('needed', 'not-installed'),
      known('unused', 'not-installed'),
      known('bad', 'broken'),
    ];
    expect(checkPlugins(providers, config).map(({ name, status }) => [name, status])).toEqual([
      ['plugin @x/here', 'pass'],
      ['plugin @x/needed', 'fail'],
      ['plugin @x/bad', 'fail'],
    ]);
  });
});
