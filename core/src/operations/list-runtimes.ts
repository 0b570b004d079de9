// list_runtimes: where tasks can run, from configuration and manifests alone. No plugin code is loaded for it.
import type { ListRuntimesInput, ListRuntimesOutput } from '@agent-dispatch/schemas';
import { checkProfiles, reasonOf, type KnownProvider } from '../plugins/index.js';
import { offsetCursor, readOffsetCursor } from './cursors.js';
import { checkArguments, type Operations } from './operation.js';
import { effectiveRuntime } from './runtime-profile.js';

type Runtime = ListRuntimesOutput['runtimes'][number];
type Provider = ListRuntimesOutput['providers'][number];

export function listRuntimes(operations: Operations, input: ListRuntimesInput): ListRuntimesOutput {
  checkArguments('ListRuntimesInput', input);
  const { config, plugins } = operations;
  const checked = checkProfiles(config, plugins);
  const wanted = (provider: string | undefined, capability: string | undefined): boolean =>
    (input.provider === undefined || provider === input.provider) &&
    (input.capability === undefined || capability === input.capability);
  const runtimes = checked.runtimes.map((profile): Runtime => {
    const reason = reasonOf(profile);
    const usable = reason === undefined;
    return { ...effectiveRuntime(config.config, plugins, profile.name), usable, ...(!usable && { reason }) };
  });
  const accounts = checked.accounts.map((profile) => {
    const reason = reasonOf(profile);
    const provider = config.config.accounts?.[profile.name]?.provider ?? '';
    return { name: profile.name, provider, usable: reason === undefined, ...(reason !== undefined && { reason }) };
  });
  return pageOf(input, {
    runtimes: runtimes.filter(({ provider, capability }) => wanted(provider, capability)),
    account_profiles: accounts.filter(({ provider }) => wanted(provider, input.capability)),
    providers: plugins
      .providers()
      .map(shownProvider)
      .filter(
        ({ provider, drivers }) =>
          wanted(provider, input.capability) &&
          (input.capability === undefined || drivers?.some(({ capability }) => capability === input.capability)),
      ),
  });
}

/** Without `limit` all that is left behind the cursor. The lists follow one another. */
function pageOf({ cursor, limit }: ListRuntimesInput, whole: ListRuntimesOutput): ListRuntimesOutput {
  const from = readOffsetCursor(cursor);
  const end = from + (limit ?? Number.POSITIVE_INFINITY);
  let passed = 0;
  const part = <Item>(items: readonly Item[]): Item[] => {
    const start = passed;
    passed += items.length;
    return items.slice(Math.max(0, from - start), Math.max(0, end - start));
  };
  const page = {
    runtimes: part(whole.runtimes),
    account_profiles: part(whole.account_profiles),
    providers: part(whole.providers),
  };
  return { ...page, ...(end < passed && { next_cursor: offsetCursor(end) }) };
}

function shownProvider({ provider, packageName, version, source, state, error, manifest }: KnownProvider): Provider {
  return {
    provider,
    ...(manifest && { title: manifest.title }),
    package: packageName,
    version,
    source,
    state,
    ...(error && { error }),
    ...(manifest && { drivers: manifest.drivers.map(shownDriver) }),
  };
}

type ManifestDriver = NonNullable<KnownProvider['manifest']>['drivers'][number];

function shownDriver({ name, capability, offers }: ManifestDriver): NonNullable<Provider['drivers']>[number] {
  const all = (values: readonly (readonly string[])[]): string[] => [...new Set(values.flat())];
  return {
    name,
    capability,
    task_types: all(offers.map(({ taskTypes }) => taskTypes)),
    target_modes: all(offers.map(({ targetModes }) => targetModes)),
    protocols: all(offers.map(({ protocols }) => protocols)),
  };
}
