// Policy: pure decisions about a request before anything is stored or started, and the removal of secrets on the way
// out. No I/O. Called by intake (detection, rules) and by whatever shows, stores or logs text (redaction).
export { detectCredentials } from './credential-detection.js';
export { createRedactor } from './redaction.js';
export { evaluatePolicy, type Policy, type PolicyDecision, type PolicyFacts } from './rules.js';
