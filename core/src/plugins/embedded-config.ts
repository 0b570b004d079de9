// The configuration of a front door that finds none: the profiles with which the providers it carries work by themselves.
// On the way of every start without a configuration, so it compiles no schema; discovery checks the manifests in full.
import path from 'node:path';
import {
  validate,
  type Config,
  type ConfigAccount,
  type ConfigRuntime,
  type ProviderManifest,
} from '@agent-dispatch/schemas';
import { isDispatchError } from '../errors/index.js';
import { manifestFile, readJsonObject, realPath } from './package-files.js';

/** Only manifests are read. @param bundled packages that the front door carries with it: absolute paths. */
export async function embeddedConfig(bundled: readonly string[]): Promise<Config> {
  const accounts: Record<string, ConfigAccount> = {};
  const runtimes: Record<string, ConfigRuntime> = {};
  let runtime: string | undefined;
  for (const manifest of await Promise.all(bundled.map(readManifest))) {
    if (manifest?.defaults === undefined) continue;
    const { defaults, provider } = manifest;
    for (const [name, account] of Object.entries(defaults.accounts ?? {})) accounts[name] = { provider, ...account };
    Object.assign(runtimes, defaults.runtimes);
    runtime ??= defaults.runtime;
  }
  return { accounts, runtimes, ...(runtime !== undefined && { defaults: { runtime } }) };
}

/** A broken package gives nothing here; discovery lists it with its error. */
async function readManifest(named: string): Promise<ProviderManifest | undefined> {
  try {
    const root = (await realPath(named)) ?? named;
    const value = await readJsonObject(await manifestFile(root, await readJsonObject(path.join(root, 'package.json'))));
    return validate('ProviderManifest', value).length === 0 ? (value as unknown as ProviderManifest) : undefined;
  } catch (error) {
    if (isDispatchError(error)) return undefined;
    throw error;
  }
}
