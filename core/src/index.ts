// What programs that embed or test AgentDispatch may rely on. Front doors use `@agent-dispatch/core/dispatcher`.
export type {
  Caller,
  CallOptions,
  Consent,
  ControlPlane,
  DispatchOutcome,
  Explanation,
  Operation,
} from './control-plane.js';
export { needsClarification, OPERATIONS } from './control-plane.js';
export { configOf, connect, dispatcherStatus, runDispatcher, stopDispatcher, type ConnectOptions } from './connect.js';
export type { LoadedConfig } from './config/loaded-config.js';
export { loadConfig, type LoadConfigOptions } from './config/load-config.js';
export { DispatchError, ERRORS, isDispatchError, toDispatchError, type ErrorCode } from './errors/index.js';
export { baseEnvironment } from './dispatcher/index.js';
export { assertProfiles, checkProfiles, PluginHost, wantedVariables, type KnownProvider } from './plugins/index.js';
export { createRedactor, detectCredentials } from './policy/index.js';
export { assertPrivateDirectory } from './store/private-directory.js';
export { registeringModule } from './telemetry/registering-module.js';
