// Policy: pure decisions about a request before anything is stored or started, and the removal of secrets on the way
// out. No I/O. Called by intake (detection, rules) and by whatever shows, stores or logs text (redaction).
export { detectCredentials, type CredentialFinding, type DetectionOptions } from './credential-detection.js';
export { createRedactor, type Redactor, type RedactorOptions } from './redaction.js';
export type { RedactionStream } from './redaction-stream.js';
export {
  evaluatePolicy,
  type Policy,
  type PolicyDecision,
  type PolicyEffect,
  type PolicyFacts,
  type PolicyRule,
} from './rules.js';
