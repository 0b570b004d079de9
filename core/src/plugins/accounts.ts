// The account profiles of the configuration as the engine sees them, and which of the host's environment variables each
// may see. A profile names a credential source; secrets themselves never pass through here unless it names `environment`.
import { nearest, type ConfigAccount, type ProviderManifestAccount } from '@agent-dispatch/schemas';
import { digestOf } from '../config/canonical-json.js';
import type { LoadedConfig } from '../config/loaded-config.js';
import { isRecord } from '../config/record.js';
import type { Environment } from '../config/state-dir.js';
import type { AccountSource } from '../engine/ports.js';
import { DispatchError } from '../errors/index.js';
import type { AccountProfile } from '../provider/index.js';
import type { KnownProvider } from './known-provider.js';

export interface AccountOptions {
  config: LoadedConfig;
  find(provider: string): KnownProvider | undefined;
  /** The host's own environment. */
  env: Environment;
}

export class ConfiguredAccounts implements AccountSource {
  constructor(private readonly options: AccountOptions) {}

  profile(name: string): AccountProfile {
    const { accounts = {} } = this.options.config.config;
    const account = Object.hasOwn(accounts, name) ? accounts[name] : undefined;
    if (account !== undefined) return { name, provider: account.provider, settings: settingsOf(account) };
    const meant = nearest(name, Object.keys(accounts));
    throw new DispatchError('AD_ROUTE_UNKNOWN_ACCOUNT', `There is no account profile "${name}".`, {
      ...(meant !== undefined && { hint: `Did you mean "${meant}"? list_runtimes gives all account profiles.` }),
    });
  }

  digest(name: string): string {
    return digestOf(this.profile(name).settings);
  }

  environment(name: string): Readonly<Record<string, string>> {
    const { provider, settings } = this.profile(name);
    const account = this.options.find(provider)?.manifest?.account;
    const names = account === undefined ? [] : visibleVariables(account, settings);
    return Object.fromEntries(
      names.flatMap((variable) => {
        const value = this.options.env[variable];
        return value === undefined ? [] : [[variable, value]];
      }),
    );
  }
}

/** The provider's own part of an account, as its manifest describes it. */
export const settingsOf = ({
  provider: _provider,
  maxConcurrent: _concurrent,
  startsPerSecond: _starts,
  pollsPerSecond: _polls,
  runtimeSecondsPerDay: _seconds,
  ...settings
}: ConfigAccount): Record<string, unknown> => settings;

/** Names of the variables that a profile with these settings may see. */
export function visibleVariables(
  { environment = [], ambientCredentials = [] }: ProviderManifestAccount,
  settings: AccountProfile['settings'],
): string[] {
  const { credentials } = settings;
  const ambient = isRecord(credentials) && credentials['source'] === 'environment';
  return ambient ? [...environment, ...ambientCredentials] : environment;
}
