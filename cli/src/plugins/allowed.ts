// Whether the configuration lets a package be installed at all, as far as its name tells. Version and integrity are
// judged when it is there.
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Config } from '@agent-dispatch/schemas';
import { describe, type Requested } from './requested.js';

/** Errors: AD_PLUGIN_NOT_ALLOWED. */
export function refuseUnlisted(requested: Requested, allowed: Config['allowPlugins']): void {
  if (allowed === undefined) return;
  if (requested.type === 'npm' && allowed.some(({ name }) => name === requested.name)) return;
  const why =
    requested.type === 'npm'
      ? 'is not listed in allowPlugins'
      : 'has no package name that could be listed in allowPlugins';
  throw new DispatchError('AD_PLUGIN_NOT_ALLOWED', `${describe(requested)} ${why}; nothing was installed.`);
}
