// Which providers exist, whether they can be used, and their drivers.
export { ConfiguredAccounts, settingsOf, type AccountOptions } from './accounts.js';
export type { CatalogueEntry } from './catalogue.js';
export { readCatalogue } from './catalogue.js';
export {
  assertProfiles,
  checkProfiles,
  reasonOf,
  type CheckedProfile,
  type CheckedProfiles,
} from './check-profiles.js';
export { discover, type DiscoveryOptions } from './discovery.js';
export { embeddedConfig } from './embedded-config.js';
export { dataDirectory } from './installed-plugins.js';
export type { KnownProvider, PluginSource } from './known-provider.js';
export { hostVersion } from './own-package.js';
export { PluginHost, type PluginHostOptions } from './plugin-host.js';
export type { Services } from './services.js';
export {
  missingSettings,
  schemaFault,
  settingsProblems,
  type MissingSetting,
  type SettingsOptions,
} from './settings.js';
export { wantedVariables } from './wanted-variables.js';
