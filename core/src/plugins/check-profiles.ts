// Holds the account and runtime profiles of the configuration against the manifests: for `config validate`, for doctor,
// and for list_runtimes, which says of each profile whether it can be used. Runs no plugin code.
import { escapePointer, nearest, type ConfigAccount, type ConfigRuntime, type Problem } from '@agent-dispatch/schemas';
import type { LoadedConfig } from '../config/loaded-config.js';
import { locateProblems, type LocatedProblem } from '../config/located-problem.js';
import { DispatchError } from '../errors/index.js';
import { settingsOf } from './accounts.js';
import { runtimeProblems } from './check-runtime.js';
import type { KnownProvider } from './known-provider.js';
import type { PluginHost } from './plugin-host.js';
import { settingsProblems } from './settings.js';

/** One profile: usable when there is no problem. */
export interface CheckedProfile {
  name: string;
  problems: LocatedProblem[];
}

export interface CheckedProfiles {
  accounts: CheckedProfile[];
  runtimes: CheckedProfile[];
}

export function checkProfiles(config: LoadedConfig, plugins: Pick<PluginHost, 'providers' | 'find'>): CheckedProfiles {
  const { accounts = {}, runtimes = {} } = config.config;
  const check = <Profile>(
    section: string,
    profiles: Record<string, Profile>,
    problems: Check<Profile>,
  ): CheckedProfile[] =>
    Object.entries(profiles).map(([name, profile]) => ({
      name,
      problems: locateProblems(problems(profile, `/${section}/${escapePointer(name)}`), config),
    }));
  const providers = plugins.providers();
  return {
    accounts: check('accounts', accounts, (account, pointer) =>
      accountProblems(account, plugins.find(account.provider), providers, pointer),
    ),
    runtimes: check('runtimes', runtimes, (runtime: ConfigRuntime, pointer) => {
      const account = Object.hasOwn(accounts, runtime.account) ? accounts[runtime.account] : undefined;
      if (account === undefined)
        return [{ pointer: `${pointer}/account`, message: `there is no account profile "${runtime.account}"` }];
      return runtimeProblems(runtime, plugins.find(account.provider), account.provider, pointer);
    }),
  };
}

type Check<Profile> = (profile: Profile, pointer: string) => Problem[];

/** Throws AD_CONFIG_INVALID with the problems of every profile. */
export function assertProfiles({ accounts, runtimes }: CheckedProfiles, config: LoadedConfig): void {
  const problems = [...accounts, ...runtimes].flatMap((profile) => profile.problems);
  if (problems.length === 0) return;
  const where = config.file ?? 'The built-in configuration';
  const counted = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new DispatchError('AD_CONFIG_INVALID', `${where} has ${counted} in its profiles.`, { problems });
}

/** Why a profile cannot be used, as one line; undefined when it can. */
export function reasonOf({ problems }: CheckedProfile): string | undefined {
  const lines = problems.map(
    ({ pointer, message, hint }) => `${pointer} ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );
  return lines.length === 0 ? undefined : lines.join('; ');
}

function accountProblems(
  account: ConfigAccount,
  known: KnownProvider | undefined,
  providers: readonly KnownProvider[],
  pointer: string,
): Problem[] {
  const place = `${pointer}/provider`;
  if (known === undefined) {
    const hint = instead(account.provider, providers);
    return [{ pointer: place, message: `there is no provider "${account.provider}"`, hint }];
  }
  const unusable =
    known.error === undefined ? [] : [{ pointer: place, message: known.error.message, hint: known.error.hint }];
  const settings = known.manifest?.account.settings;
  return [...unusable, ...(settings === undefined ? [] : settingsProblems(settings, settingsOf(account), { pointer }))];
}

/** What else is there. A plugin whose manifest cannot be read may be the one that is meant. */
function instead(name: string, providers: readonly KnownProvider[]): string {
  const names = providers.filter(({ manifest }) => manifest !== undefined).map(({ provider }) => provider);
  const unread = providers.flatMap(({ manifest, error }) => (manifest || !error ? [] : [error.message]));
  const meant = nearest(name, names);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return [`known providers: ${names.join(', ') || 'none'}`, ...unread].join('; ');
}
