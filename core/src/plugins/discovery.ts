// Which providers there are: candidates read in parallel, one owner for each provider, the catalogue for the rest.
// Reads data only and never throws for what a plugin did; code is imported by load-provider.ts, later.
import { homedir } from 'node:os';
import type { LoadedConfig } from '../config/loaded-config.js';
import { setting, type Environment } from '../config/state-dir.js';
import { DispatchError } from '../errors/index.js';
import { findCandidates } from './candidates.js';
import { readCatalogue, withCatalogue, type CatalogueEntry } from './catalogue.js';
import { dataDirectory } from './installed-plugins.js';
import type { KnownProvider } from './known-provider.js';
import { hostVersion } from './own-package.js';
import { readPlugin } from './read-plugin.js';

export interface DiscoveryOptions {
  config: LoadedConfig;
  env: Environment;
  /** Packages that the front door carries with it: absolute paths. */
  bundled: readonly string[];
  /** Default: the version of this package. */
  hostVersion?: string;
  /** Default: what ships with this package. */
  catalogue?: readonly CatalogueEntry[];
}

/** In order of precedence: of two usable plugins for one provider the first is ready and the other broken. */
export async function discover(options: DiscoveryOptions): Promise<KnownProvider[]> {
  const { config, env, bundled } = options;
  const home = setting(env, 'HOME') ?? homedir();
  const [candidates, version, catalogue] = await Promise.all([
    findCandidates({ config, dataDir: dataDirectory(env, home), bundled }),
    options.hostVersion ?? hostVersion(),
    options.catalogue ?? readCatalogue(),
  ]);
  const rules = { hostVersion: version, allowPlugins: config.config.allowPlugins };
  const known = await Promise.all(candidates.map((candidate) => readPlugin(candidate, rules)));
  return withCatalogue(oneOwnerEach(known.filter((one) => one !== undefined)), catalogue);
}

function oneOwnerEach(known: readonly KnownProvider[]): KnownProvider[] {
  const owners = new Map<string, KnownProvider>();
  return known.map((one) => {
    const owner = owners.get(one.provider);
    if (one.state === 'broken') return one;
    if (owner === undefined) owners.set(one.provider, one);
    return owner === undefined ? one : { ...one, state: 'broken', error: duplicate(one, owner).toJSON() };
  });
}

const duplicate = (loser: KnownProvider, owner: KnownProvider): DispatchError =>
  new DispatchError(
    'AD_PLUGIN_DUPLICATE',
    `${named(loser)} is not used for provider "${loser.provider}": ${named(owner)} has precedence.`,
  );

const named = ({ packageName, version, source }: KnownProvider): string => `${packageName} ${version} (${source})`;
