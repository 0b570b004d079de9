// The manifests of the providers published with this host, shipped as data: questions, flags and checks work before a
// package is there. Written by scripts/build-catalogue.mjs.
import type { ProviderManifest } from '@agent-dispatch/schemas';
import { digestOf } from '../config/canonical-json.js';
import { DispatchError } from '../errors/index.js';
import type { KnownProvider } from './known-provider.js';
import { ownCatalogue } from './own-package.js';

export interface CatalogueEntry {
  packageName: string;
  version: string;
  manifest: ProviderManifest;
}

/** Empty where the sources run without a build. */
export const readCatalogue = async (): Promise<readonly CatalogueEntry[]> =>
  ((await ownCatalogue()) as readonly CatalogueEntry[] | undefined) ?? [];

/**
 * The providers found, followed by those of the catalogue that were not. A package that the configuration names and
 * that is not there is told once: by its catalogue entry, which knows what it would offer.
 */
export function withCatalogue(found: readonly KnownProvider[], catalogue: readonly CatalogueEntry[]): KnownProvider[] {
  const present = new Set(found.map(({ provider }) => provider));
  const absent = catalogue.filter(({ manifest }) => !present.has(manifest.provider));
  const names = new Set(absent.map(({ packageName }) => packageName));
  const isTold = ({ error, packageName }: KnownProvider): boolean =>
    error?.code === 'AD_PLUGIN_NOT_FOUND' && names.has(packageName);
  return [...found.filter((one) => !isTold(one)), ...absent.map(notInstalled)];
}

function notInstalled({ packageName, version, manifest }: CatalogueEntry): KnownProvider {
  const { provider } = manifest;
  const error = new DispatchError('AD_PLUGIN_NOT_INSTALLED', `Provider "${provider}" is not installed.`, {
    hint: `Install it with \`agentdispatch plugins install ${packageName}\`.`,
    details: { provider, package: packageName },
  });
  const manifestDigest = digestOf(manifest);
  return {
    provider,
    packageName,
    version,
    source: 'catalogue',
    manifest,
    manifestDigest,
    state: 'not-installed',
    error: error.toJSON(),
  };
}
