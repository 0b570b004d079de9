import { describe, expect, it } from '@jest/globals';
import type { KnownProvider, LoadedConfig } from '@agent-dispatch/core';
import { RECIPES } from './recipes.js';
import { withheldVariables } from './withheld-variables.js';

const config: LoadedConfig = {
  config: {
    accounts: { a: { provider: 'cloud', credentials: { source: 'environment' } } },
    runtimes: {
      r: {
        account: 'a',
        target: { mode: 'session' },
        secrets: { KEY: { source: 'environment', name: 'MODEL_KEY' }, OTHER: { source: 'file', path: '/x' } },
      },
    },
  },
  baseDir: '/',
  stateDir: '/s',
  digest: '',
  locate: () => undefined,
};

const providers = [
  {
    provider: 'cloud',
    manifest: { account: { environment: ['CLOUD_REGION', 'HOME', 'LC_TIME'], ambientCredentials: ['CLOUD_KEY'] } },
  },
] as unknown as KnownProvider[];

const env = { CLOUD_KEY: 'k-1', CLOUD_REGION: '', HTTPS_PROXY: 'http://p', HOME: '/h', TZ: 'UTC', UNRELATED: 'u' };
const withheld = (client: keyof typeof RECIPES) =>
  withheldVariables({ config, providers, env, passes: RECIPES[client].passes });

describe('variables that a client withholds', () => {
  it('are those of accounts, secrets and the way out, set or not, by name', () => {
    expect(withheld('codex')).toEqual({ set: ['CLOUD_KEY', 'HTTPS_PROXY'], unset: ['CLOUD_REGION', 'MODEL_KEY'] });
    expect(withheld('openclaw').set).toEqual(['CLOUD_KEY', 'HTTPS_PROXY', 'TZ']);
  });

  it('are none where it withholds nothing', () => {
    expect(withheld('claude-code')).toEqual({ set: [], unset: [] });
  });
});
