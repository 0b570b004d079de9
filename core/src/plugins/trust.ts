// Whether a plugin that was found may be loaded: written for this host, and listed by `allowPlugins` where that is given.
import type { Config } from '@agent-dispatch/schemas';
import semver from 'semver';
import { DispatchError } from '../errors/index.js';

export interface TrustRules {
  hostVersion: string;
  allowPlugins?: Config['allowPlugins'];
}

export interface PluginIdentity {
  name: string;
  version: string;
  /** As the lockfile of the installation has it. */
  integrity?: string;
}

/** @param range `engines.agentdispatch`; a plugin without one relies on the contract's version. Errors: AD_PLUGIN_MANIFEST, AD_PLUGIN_INCOMPATIBLE. */
export function checkEngine(range: unknown, { name, version }: PluginIdentity, { hostVersion }: TrustRules): void {
  if (range === undefined) return;
  if (typeof range !== 'string' || semver.validRange(range) === null)
    throw new DispatchError('AD_PLUGIN_MANIFEST', `engines.agentdispatch of ${name} is not a version range.`);
  if (semver.satisfies(hostVersion, range, { includePrerelease: true })) return;
  throw new DispatchError(
    'AD_PLUGIN_INCOMPATIBLE',
    `${name} ${version} needs AgentDispatch ${range}; this is ${hostVersion}.`,
  );
}

/** Errors: AD_PLUGIN_NOT_ALLOWED, with what keeps it from being allowed. */
export function checkAllowed(plugin: PluginIdentity, { allowPlugins }: TrustRules): void {
  if (allowPlugins === undefined) return;
  const rules = allowPlugins.filter(({ name }) => name === plugin.name);
  const reasons = rules.map((rule) => objection(plugin, rule));
  if (reasons.includes(undefined)) return;
  const why = reasons.length === 0 ? 'it is not listed' : reasons.join('; ');
  throw new DispatchError(
    'AD_PLUGIN_NOT_ALLOWED',
    `allowPlugins does not permit ${plugin.name} ${plugin.version}: ${why}.`,
  );
}

function objection(plugin: PluginIdentity, rule: NonNullable<Config['allowPlugins']>[number]): string | undefined {
  if (rule.version !== undefined && !semver.satisfies(plugin.version, rule.version, { includePrerelease: true }))
    return `only version ${rule.version} is listed`;
  if (rule.integrity === undefined || rule.integrity === plugin.integrity) return undefined;
  return plugin.integrity === undefined
    ? 'its integrity is pinned and no lockfile records it'
    : 'its integrity is not the one listed';
}
