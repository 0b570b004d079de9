// The configuration of a front door that finds none: the profiles with which the providers it carries work by themselves.
import type { Config, ConfigAccount, ConfigRuntime } from '@agent-dispatch/schemas';
import type { KnownProvider } from './known-provider.js';
import { hostVersion } from './own-package.js';
import { realPath } from './package-files.js';
import { readPlugin } from './read-plugin.js';

/** Only manifests are read. @param bundled packages that the front door carries with it: absolute paths. */
export async function embeddedConfig(bundled: readonly string[]): Promise<Config> {
  const known = await Promise.all(bundled.map(readBundled));
  const accounts: Record<string, ConfigAccount> = {};
  const runtimes: Record<string, ConfigRuntime> = {};
  let runtime: string | undefined;
  for (const plugin of known) {
    if (plugin?.state !== 'ready' || plugin.manifest?.defaults === undefined) continue;
    const { defaults, provider } = plugin.manifest;
    for (const [name, account] of Object.entries(defaults.accounts ?? {})) accounts[name] = { provider, ...account };
    Object.assign(runtimes, defaults.runtimes);
    runtime ??= defaults.runtime;
  }
  return { accounts, runtimes, ...(runtime !== undefined && { defaults: { runtime } }) };
}

/** A broken one gives nothing here; discovery lists it with its error. */
async function readBundled(named: string): Promise<KnownProvider | undefined> {
  const root = await realPath(named);
  return root === undefined
    ? undefined
    : readPlugin({ source: 'bundled', name: named, root }, { hostVersion: await hostVersion() });
}
