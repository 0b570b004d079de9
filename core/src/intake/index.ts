// Any caller's input -> one DispatchRequest with its route, or questions.
export { Intake } from './intake.js';
export { confirmationError } from './consent.js';
export { isExplicit } from './idempotency.js';
export type { CallerIdentity, Consent, Explained, IntakeSources, Outcome, Prepared } from './prepared.js';
export { readTrace } from './trace-context.js';
export { MAX_CALL_BYTES, MAX_INSTRUCTION_BYTES } from './read-arguments.js';
