// Keeps credentials out of everything that is stored, sent or echoed. What a credential looks like, policy/ knows.
import { DispatchError } from '../errors/index.js';
import { createRedactor, detectCredentials, type Policy } from '../policy/index.js';
import type { Json } from './json.js';

const redactor = createRedactor();

/**
 * The arguments as they may go on, by `policy.credentials`.
 * Errors: AD_POLICY_CREDENTIALS with the place and the rule of each finding, never the value.
 */
export function screenCredentials(given: Json, treatment: Policy['credentials']): Json {
  if (treatment === 'allow') return given;
  const findings = detectCredentials(given);
  if (findings.length === 0) return given;
  if (treatment === 'redact') return withoutCredentials(given);
  const places = [...new Set(findings.map(({ pointer }) => pointer))];
  throw new DispatchError(
    'AD_POLICY_CREDENTIALS',
    `What looks like a credential is in the request at ${shown(places)}.`,
    {
      problems: findings.map(({ pointer, rule }) => ({ pointer, message: `looks like a credential (rule ${rule})` })),
    },
  );
}

/** For whatever is shown again to the caller, whatever the policy allows. */
export const withoutCredentials = (given: Json): Json => redactor.json(given) as Json;

const shown = (places: readonly string[]): string =>
  places.length <= 3
    ? places.join(', ')
    : `${places.slice(0, 3).join(', ')} and ${String(places.length - 3)} more places`;
