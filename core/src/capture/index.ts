// How the files that a caller names become what the task has.
export { InputCapture } from './input-capture.js';
export { DEFAULT_LIMITS } from './limits.js';
export { checkInside } from './placed-path.js';
