import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../config/canonical-json.js';
import { ConfiguredAccounts } from './accounts.js';
import type { KnownProvider } from './known-provider.js';
import { configIn, manifest } from './testdata/packages.js';

const known: KnownProvider = {
  provider: 'acme',
  packageName: 'acme-provider',
  version: '1.0.0',
  source: 'bundled',
  manifest: manifest(),
  state: 'ready',
};
const accounts = new ConfiguredAccounts({
  config: configIn('/app', {
    accounts: {
      named: {
        provider: 'acme',
        region: 'north',
        maxConcurrent: 3,
        startsPerSecond: 5,
        pollsPerSecond: 9,
        runtimeSecondsPerDay: 60,
        credentials: { source: 'profile' },
      },
      ambient: { provider: 'acme', region: 'north', credentials: { source: 'environment' } },
      foreign: { provider: 'other', credentials: { source: 'environment' } },
    },
  }),
  find: (provider) => (provider === 'acme' ? known : undefined),
  env: { ACME_HOME: '/acme', ACME_TOKEN: 'secret', OTHER_TOKEN: 'secret', PATH: '/bin' },
});

describe('ConfiguredAccounts', () => {
  it("gives a profile without what is the host's own", () => {
    const settings = { region: 'north', credentials: { source: 'profile' } };
    expect(accounts.profile('named')).toEqual({ name: 'named', provider: 'acme', settings });
    expect(accounts.digest('named')).toBe(digestOf(settings));
  });

  it('hands over credentials of the environment only where the profile says so', () => {
    expect(accounts.environment('named')).toEqual({ ACME_HOME: '/acme' });
    expect(accounts.environment('ambient')).toEqual({ ACME_HOME: '/acme', ACME_TOKEN: 'secret' });
  });

  it('hands over nothing for a provider without a manifest', () => {
    expect(accounts.environment('foreign')).toEqual({});
  });

  it('refuses a name that is not configured, with what was probably meant', () => {
    for (const name of ['namd', 'constructor'])
      expect(() => accounts.profile(name)).toThrow(expect.objectContaining({ code: 'AD_ROUTE_UNKNOWN_ACCOUNT' }));
    expect(() => accounts.digest('namd')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('"named"') }),
    );
  });
});
