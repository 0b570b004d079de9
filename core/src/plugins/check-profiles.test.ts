import { describe, expect, it } from '@jest/globals';
import type { Config, ConfigRuntime } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { assertProfiles, checkProfiles, reasonOf, type CheckedProfiles } from './check-profiles.js';
import type { KnownProvider } from './known-provider.js';
import { configIn, driver, manifest } from './testdata/packages.js';

const known = (more: Partial<KnownProvider> = {}): KnownProvider => ({
  provider: 'acme',
  packageName: 'acme-provider',
  version: '1.0.0',
  source: 'bundled',
  manifest: manifest(),
  state: 'ready',
  ...more,
});

function check(config: Config, providers: readonly KnownProvider[] = [known()]): CheckedProfiles {
  const find = (provider: string): KnownProvider | undefined => providers.find((one) => one.provider === provider);
  return checkProfiles(configIn('/app', config), { providers: () => providers, find });
}

const accounts = { dev: { provider: 'acme', region: 'north' } };
const runtime = (more: Partial<ConfigRuntime> = {}): ConfigRuntime => ({
  account: 'dev',
  target: { mode: 'session' },
  ...more,
});
const place = { file: '/app/agentdispatch.config.json', line: 1 };

describe('account profiles', () => {
  it("are usable when the provider's schema takes them", () => {
    expect(check({ accounts }).accounts).toEqual([{ name: 'dev', problems: [] }]);
  });

  it("are held against the provider's schema, with the place in the file", () => {
    const [dev] = check({ accounts: { dev: { provider: 'acme', maxConcurrent: 2, reqion: 'north' } } }).accounts;
    expect(dev?.problems).toEqual([
      { pointer: '/accounts/dev/region', message: 'missing property "region"', ...place },
      {
        pointer: '/accounts/dev/reqion',
        message: 'unknown property "reqion"',
        hint: 'did you mean "region"?',
        ...place,
      },
    ]);
  });

  it('name a provider that is known', () => {
    const [dev] = check({ accounts: { dev: { provider: 'acmee' } } }).accounts;
    expect(dev?.problems).toMatchObject([{ pointer: '/accounts/dev/provider', hint: 'did you mean "acme"?' }]);
  });

  it('name no provider while a plugin cannot be read, and are told why', () => {
    const error = new DispatchError('AD_PLUGIN_MANIFEST', 'beta-provider has no manifest.').toJSON();
    const broken: KnownProvider = {
      provider: 'beta-provider',
      packageName: 'beta-provider',
      version: '1.0.0',
      source: 'config',
      state: 'broken',
      error,
    };
    const [dev] = check({ accounts: { dev: { provider: 'zeta' } } }, [known(), broken]).accounts;
    expect(dev?.problems).toMatchObject([{ hint: 'known providers: acme; beta-provider has no manifest.' }]);
  });

  it('say why a known provider cannot be used, and what is wrong beside that', () => {
    const error = new DispatchError('AD_PLUGIN_NOT_INSTALLED', 'Provider "acme" is not installed.').toJSON();
    const [dev] = check({ accounts: { dev: { provider: 'acme' } } }, [
      known({ state: 'not-installed', error }),
    ]).accounts;
    expect(dev?.problems.map(({ pointer, message }) => [pointer, message])).toEqual([
      ['/accounts/dev/provider', 'Provider "acme" is not installed.'],
      ['/accounts/dev/region', 'missing property "region"'],
    ]);
  });
});

describe('runtime profiles', () => {
  it('are usable when a driver offers them, also with details left to the request', () => {
    expect(check({ accounts, runtimes: { box: runtime() } }).runtimes).toEqual([{ name: 'box', problems: [] }]);
  });

  const cases: [title: string, runtime: ConfigRuntime, pointer: string, told: RegExp][] = [
    ['a driver that is not there', runtime({ driver: 'bux' }), '/driver', /"bux".*did you mean "box"/],
    ['a capability not offered', runtime({ capability: 'job-runner' }), '/capability', /offers agent-runtime/],
    ['a task type not offered', runtime({ taskType: 'command.run' }), '/taskType', /offers agent\.run/],
    ['a target mode not offered', runtime({ target: { mode: 'job' } }), '/target/mode', /offers session/],
    [
      'a protocol not offered',
      runtime({ target: { mode: 'session', protocol: 'a2a' } }),
      '/target/protocol',
      /offers stdio/,
    ],
    ['a part not accepted', runtime({ framework: 'strands' }), '/framework', /framework: not accepted/],
    [
      'inputs asked for that go nowhere',
      runtime({ requiredInputs: ['topic'] }),
      '/requiredInputs',
      /context: not accepted/,
    ],
    [
      'details that are wrong',
      runtime({ target: { mode: 'session', details: { boxId: 7 } } }),
      '/target/details/boxId',
      /must be string/,
    ],
    ['an account that is not there', runtime({ account: 'prod' }), '/account', /no account profile "prod"/],
  ];
  it.each(cases)('%s is told at its place', (_title, profile, pointer, told) => {
    const [box] = check({ accounts, runtimes: { box: profile } }).runtimes;
    expect(box?.problems.map((problem) => problem.pointer)).toEqual([`/runtimes/box${pointer}`]);
    expect(box?.problems[0]).toMatchObject({ message: expect.stringMatching(told), ...place });
  });

  it('what is empty is not used', () => {
    const [box] = check({
      accounts,
      runtimes: { box: runtime({ secrets: {}, environment: {}, requiredInputs: [] }) },
    }).runtimes;
    expect(box?.problems).toEqual([]);
  });

  it('details need to suit one of the drivers that fit', () => {
    const other = driver({
      name: 'crate',
      targets: { session: { type: 'object', additionalProperties: false, properties: { crate: { type: 'string' } } } },
    });
    const providers = [known({ manifest: manifest({ drivers: [driver(), other] }) })];
    const details = (value: Record<string, unknown>): string[] | undefined =>
      check(
        { accounts, runtimes: { box: runtime({ target: { mode: 'session', details: value } }) } },
        providers,
      ).runtimes[0]?.problems.map(({ pointer }) => pointer);
    expect(details({ crate: 'x' })).toEqual([]);
    expect(details({ chest: 'x' })).toEqual(['/runtimes/box/target/details/chest']);
  });

  it('of a provider without a readable manifest give its error', () => {
    const error = new DispatchError('AD_PLUGIN_MANIFEST', 'It is broken.').toJSON();
    const { manifest: _manifest, ...unread } = known({ state: 'broken', error });
    const [box] = check({ accounts, runtimes: { box: runtime() } }, [unread]).runtimes;
    expect(box?.problems).toMatchObject([{ pointer: '/runtimes/box/account', message: 'It is broken.' }]);
  });
});

describe('the verdict', () => {
  it('throws nothing for usable profiles', () => {
    const config = { accounts, runtimes: { box: runtime() } };
    expect(() => {
      assertProfiles(check(config), configIn('/app', config));
    }).not.toThrow();
  });

  it('throws every problem of every profile', () => {
    const config = { accounts: { dev: { provider: 'acme' } }, runtimes: { box: runtime({ model: 'm' }) } };
    expect(() => {
      assertProfiles(check(config), configIn('/app', config));
    }).toThrow(
      expect.objectContaining({
        code: 'AD_CONFIG_INVALID',
        message: '/app/agentdispatch.config.json has 2 problems in its profiles.',
        problems: [
          expect.objectContaining({ pointer: '/accounts/dev/region' }),
          expect.objectContaining({ pointer: '/runtimes/box/model' }),
        ],
      }),
    );
  });

  it('gives the reason in one line', () => {
    const [dev] = check({ accounts: { dev: { provider: 'acmee' } } }).accounts;
    expect(dev && reasonOf(dev)).toBe('/accounts/dev/provider there is no provider "acmee" (did you mean "acme"?)');
    expect(reasonOf({ name: 'dev', problems: [] })).toBeUndefined();
  });
});
