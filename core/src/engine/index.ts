// One task from accepted to cleaned.
export { Engine } from './engine.js';
export type { EnginePorts } from './ports.js';
export { isTerminal, STATES } from './state-table.js';
export { parseLogLine, type LogLine } from './task-log.js';
export { DEFAULT_LIMITS } from './timing.js';
export { artifactBlob, INLINE_BYTES, INPUT_BLOB } from './values.js';
