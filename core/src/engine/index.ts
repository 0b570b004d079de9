// One task from accepted to cleaned.
export type { AdmissionRule } from './admission.js';
export { Engine } from './engine.js';
export { messageDigest, type GivenMessage } from './messages.js';
export { Pacer } from './pacer.js';
export type { EnginePorts, Route } from './ports.js';
export { acceptance, accepted } from './spans.js';
export { isTerminal, STATES } from './state-table.js';
export { systemClock } from './system-clock.js';
export { parseLogLine, type LogLine } from './task-log.js';
export { after } from './timer.js';
export { DEFAULT_LIMITS } from './timing.js';
export { untraced, type Span, type SpanEnd, type SpanStart, type Tracer } from './tracer.js';
export { inputBlob, type CapturedInput, type StoredInput } from './input-files.js';
export { artifactBlob, INLINE_BYTES, INPUT_BLOB } from './values.js';
