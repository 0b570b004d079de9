// The limits that a task counts against: of the configuration, and, where it is silent, the driver's quotas as its manifest
// tells them.
import type { Config, ProviderManifestDriver } from '@agent-dispatch/schemas';
import type { AdmissionRule, EnginePorts, Route } from '../engine/index.js';
import type { KnownProvider } from './known-provider.js';

const MAX_CONCURRENT = 100;

type Quotas = NonNullable<ProviderManifestDriver['features']['quotas']>;

type Place = Pick<Route, 'account' | 'provider' | 'driver'>;

export interface RuleSources {
  config: Config;
  find: (provider: string) => KnownProvider | undefined;
}

export const admissionRules =
  ({ config, find }: RuleSources): EnginePorts['slots'] =>
  ({ account: name, runtime }, route) => {
    const account = config.accounts?.[name];
    const profile = runtime === undefined ? undefined : config.runtimes?.[runtime]?.limits;
    const quotas = quotasOf(find, route);
    const driver = `driver:${name}/${route.driver}`;
    return [
      { key: 'tasks', limit: config.limits?.maxConcurrent ?? MAX_CONCURRENT },
      ...rule(`account:${name}`, account?.maxConcurrent),
      ...rule(driver, account?.maxConcurrent === undefined ? quotas.maxConcurrent : undefined),
      ...rule(`runtime:${String(runtime)}`, profile?.maxConcurrent),
      ...rule(`starts:${driver}`, account?.startsPerSecond ?? quotas.startsPerSecond, 'starts'),
      ...rule(`starts:runtime:${String(runtime)}`, profile?.startsPerSecond, 'starts'),
      ...rule('seconds', config.limits?.runtimeSecondsPerDay, 'seconds'),
      ...rule(`seconds:account:${name}`, account?.runtimeSecondsPerDay, 'seconds'),
    ];
  };

/** undefined: polls are not limited. */
export function pollsPerSecond({ config, find }: RuleSources, route: Place): number | undefined {
  return config.accounts?.[route.account]?.pollsPerSecond ?? quotasOf(find, route).pollsPerSecond;
}

const rule = (key: string, limit: number | undefined, counts?: AdmissionRule['counts']): AdmissionRule[] =>
  limit === undefined ? [] : [{ key, limit, ...(counts && { counts }) }];

const quotasOf = (find: RuleSources['find'], { provider, driver }: Place): Quotas =>
  find(provider)?.manifest?.drivers.find(({ name }) => name === driver)?.features.quotas ?? {};
