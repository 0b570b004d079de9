// One registry of codes, one error class.
export {
  DispatchError,
  fromJson,
  isDispatchError,
  toDispatchError,
  type DispatchErrorOptions,
} from './dispatch-error.js';
export { inOneLine } from './in-one-line.js';
export { ERRORS, isErrorCode, type ErrorCode, type ErrorDefinition, type Fault } from './registry.js';
