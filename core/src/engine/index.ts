// One task from accepted to cleaned.
export { advance, type Advance } from './advance.js';
export { Engine } from './engine.js';
export type { Effect, Input, StoredValue, WorkEnd } from './inputs.js';
export type {
  AccountSource,
  DriverSource,
  EnginePorts,
  OutputRedactor,
  ProtocolSource,
  ProviderDirectory,
  Route,
  SecretSource,
} from './ports.js';
export { isTerminal, STATES, TRANSITIONS, type TerminalStatus } from './state-table.js';
export { parseLogLine, type LogLine } from './task-log.js';
export { DEFAULT_LIMITS } from './timing.js';
export { artifactBlob, INLINE_BYTES, INPUT_BLOB } from './values.js';
