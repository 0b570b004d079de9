// Keeps credentials out of everything that is stored, sent or echoed. What a credential looks like, policy/ knows.
import { escapePointer } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { createRedactor, detectCredentials, type Policy } from '../policy/index.js';
import type { Json } from './json.js';
import type { ChosenRuntime } from './runtime-profile.js';

const redactor = createRedactor();
/** Profiles in which nothing was found: a configuration does not change while it is in use. */
const clean = new WeakSet<ChosenRuntime['profile']>();

/**
 * The arguments as they may go on, by `policy.credentials`.
 * Errors: AD_POLICY_CREDENTIALS with the place and the rule of each finding, never the value.
 */
export function screenCredentials(given: Json, treatment: Policy['credentials']): Json {
  if (treatment === 'allow') return given;
  const findings = detectCredentials(given);
  if (findings.length === 0) return given;
  if (treatment === 'redact') return withoutCredentials(given);
  throw new DispatchError(
    'AD_POLICY_CREDENTIALS',
    `What looks like a credential is in the request at ${shown(findings)}.`,
    {
      problems: findings.map(({ pointer, rule }) => ({ pointer, message: `looks like a credential (rule ${rule})` })),
    },
  );
}

/**
 * A profile's values become part of every task's record. Nothing is replaced in them: the work would lack it unseen.
 * Errors: AD_POLICY_CREDENTIALS with the places in the configuration.
 */
export function screenProfile({ name, profile }: ChosenRuntime, treatment: Policy['credentials']): void {
  if (treatment === 'allow' || clean.has(profile)) return;
  const { secrets: _references, ...values } = profile;
  const findings = detectCredentials(values, { basePointer: `/runtimes/${escapePointer(name)}` });
  if (findings.length === 0) return void clean.add(profile);
  throw new DispatchError(
    'AD_POLICY_CREDENTIALS',
    `What looks like a credential is in the configuration at ${shown(findings)}.`,
    {
      hint: `Use another runtime, or ask the operator to give the value by reference, in \`secrets\` of runtime "${name}".`,
      problems: [{ pointer: '/runtime', message: 'is a runtime profile that holds what looks like a credential' }],
    },
  );
}

/** For whatever is shown again to the caller, whatever the policy allows. */
export const withoutCredentials = (given: Json): Json => redactor.json(given) as Json;

function shown(findings: readonly { pointer: string }[]): string {
  const places = [...new Set(findings.map(({ pointer }) => pointer))];
  if (places.length <= 3) return places.join(', ');
  return `${places.slice(0, 3).join(', ')} and ${String(places.length - 3)} more places`;
}
