// The configuration: found, parsed, checked; and the values its secret references stand for.
export { canonicalJson, digestOf } from './canonical-json.js';
export { loadConfig, type LoadConfigOptions } from './load-config.js';
export type { LoadedConfig, Place } from './loaded-config.js';
export type { LocatedProblem } from './located-problem.js';
export { SecretResolver, type SecretResolverOptions } from './secrets.js';
export { setting, type Environment } from './state-dir.js';
