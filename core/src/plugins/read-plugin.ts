// Reads one candidate as data: package.json, then the manifest, then whether it may be loaded. Imports no plugin code,
// and turns whatever is wrong into a provider that is known and broken.
import path from 'node:path';
import type { ProviderManifest } from '@agent-dispatch/schemas';
import { digestOf } from '../config/canonical-json.js';
import { isRecord } from '../config/record.js';
import { DispatchError, toDispatchError } from '../errors/index.js';
import type { Candidate } from './candidates.js';
import { checkManifest } from './check-manifest.js';
import type { KnownProvider } from './known-provider.js';
import { manifestFile, readJsonObject } from './package-files.js';
import { checkAllowed, checkEngine, type TrustRules } from './trust.js';

const PROVIDER_KEYWORD = 'agentdispatch-provider';

/** undefined for an installed package that is no provider: the CLI may have other plugins. */
export async function readPlugin(candidate: Candidate, rules: TrustRules): Promise<KnownProvider | undefined> {
  const reading = new Reading(candidate);
  try {
    return (await reading.run(rules)) ? { ...reading.known, state: 'ready' } : undefined;
  } catch (error) {
    return { ...reading.known, state: 'broken', error: toDispatchError(error, 'AD_PLUGIN_MANIFEST').toJSON() };
  }
}

/** Gathers what is known so far, so that a failure half-way is shown with all that was learned before it. */
class Reading {
  known: Omit<KnownProvider, 'state'>;

  constructor(private readonly candidate: Candidate) {
    const { name, source, root } = candidate;
    this.known = { provider: name, packageName: name, version: '', source, ...(root !== undefined && { root }) };
  }

  /** False when the package is none of ours. */
  async run(rules: TrustRules): Promise<boolean> {
    const root = this.root();
    const packageJson = await readJsonObject(path.join(root, 'package.json'));
    const identity = this.identify(packageJson);
    if (!isProvider(packageJson)) {
      if (this.candidate.source === 'installed') return false;
      throw new DispatchError(
        'AD_PLUGIN_MANIFEST',
        `${identity.name} has no keyword "${PROVIDER_KEYWORD}": it is not a provider.`,
      );
    }
    const { integrity } = this.candidate;
    await this.readManifest(root, packageJson);
    checkEngine(enginesOf(packageJson), identity, rules);
    checkAllowed({ ...identity, ...(integrity !== undefined && { integrity }) }, rules);
    return true;
  }

  private root(): string {
    const { root, error, name } = this.candidate;
    if (root !== undefined) return root;
    throw error ?? new DispatchError('AD_PLUGIN_NOT_FOUND', `Plugin "${name}" is not there.`);
  }

  private identify({ name, version }: Record<string, unknown>): { name: string; version: string } {
    if (typeof name !== 'string' || typeof version !== 'string')
      throw new DispatchError('AD_PLUGIN_MANIFEST', `package.json in ${this.root()} has no name or no version.`);
    this.known = { ...this.known, provider: name, packageName: name, version };
    return { name, version };
  }

  private async readManifest(root: string, packageJson: Record<string, unknown>): Promise<void> {
    const file = await manifestFile(root, packageJson);
    const value = await readJsonObject(file);
    const provider = value['provider'];
    if (typeof provider === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(provider))
      this.known = { ...this.known, provider };
    const manifest: ProviderManifest = checkManifest(value, file);
    this.known = { ...this.known, manifest, manifestDigest: digestOf(manifest) };
  }
}

const isProvider = ({ keywords }: Record<string, unknown>): boolean =>
  Array.isArray(keywords) && keywords.includes(PROVIDER_KEYWORD);

const enginesOf = ({ engines }: Record<string, unknown>): unknown =>
  isRecord(engines) ? engines['agentdispatch'] : undefined;
