// Which providers exist, whether they can be used, and their drivers.
export { ConfiguredAccounts } from './accounts.js';
export { admissionRules, pollsPerSecond } from './admission-rules.js';
export { assertProfiles, checkProfiles, reasonOf } from './check-profiles.js';
export type { KnownProvider } from './known-provider.js';
export { PluginHost } from './plugin-host.js';
export { wantedVariables } from './wanted-variables.js';
