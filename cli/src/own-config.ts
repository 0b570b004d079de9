// This program as its command framework sees it: its own commands and hooks alone. Providers are packages that the same
// framework installs, but no commands of ours: their hooks never run here, allowed or not.
import type { Interfaces } from '@oclif/core';
import { packageRoot } from './own-package.js';

/** How the framework starts: without the packages that were installed. */
export const OWN_PLUGINS: Interfaces.LoadOptions = { root: packageRoot, userPlugins: false };

/** The installer adds what it has just installed to the running program: the next hook would be the package's. */
export function keepOwnPlugins({ plugins }: Interfaces.Config): void {
  plugins.set = () => plugins;
}
