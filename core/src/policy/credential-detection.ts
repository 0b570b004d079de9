// Finds credentials anywhere in a caller's input: by the names of members and by well-known shapes in any text, names of
// members included. Pure; says where and by which rule, never what. Intake turns findings into a refusal (or redaction.ts
// removes them), as the policy asks. Neighbours: scan-text.ts for one text, secret-context.ts for the place of a value.
import { isPlausibleSecret } from './plausible-secret.js';
import { isBasicPair } from './scan-shapes.js';
import { scanText } from './scan-text.js';
import { contextOfItem, contextOfMember, type SecretContext } from './secret-context.js';

/** One credential, or several of the same rule at the same place. */
export interface CredentialFinding {
  /** RFC 6901 pointer to the string. A member's name that is itself a secret is shown as `[redacted:<rule>]`. */
  readonly pointer: string;
  /** What recognised it: `key-name`, `assignment`, `command-flag`, `url-userinfo`, or a shape such as `jwt`. */
  readonly rule: string;
  /** Type and length alone; never a character of the secret. */
  readonly preview: string;
}

export interface DetectionOptions {
  /** Put before every pointer; default "": the value is the document's root. */
  readonly basePointer?: string;
}

interface Place {
  readonly value: unknown;
  readonly pointer: string;
  readonly context: SecretContext | undefined;
}

/**
 * Lists the credentials in a JSON value.
 *
 * Called: on every request before anything of it is stored, and on anything else that crosses a boundary.
 * Returns: findings in document order, at most one per pointer and rule; empty when there are none.
 * Cost: linear in the size of the value; depth is bounded by memory alone.
 * Errors: none. Anything that is not JSON is passed over.
 */
export function detectCredentials(value: unknown, options: DetectionOptions = {}): CredentialFinding[] {
  const findings: CredentialFinding[] = [];
  const pending: Place[] = [{ value, pointer: options.basePointer ?? '', context: undefined }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    if (typeof place.value === 'string') findings.push(...findingsInString(place.value, place));
    else if (Array.isArray(place.value)) for (const item of itemsOf(place.value, place).reverse()) pending.push(item);
    else if (typeof place.value === 'object' && place.value !== null) {
      const { members, nameFindings } = membersOf(place.value as Record<string, unknown>, place);
      findings.push(...nameFindings);
      for (const member of members.reverse()) pending.push(member);
    }
  }
  return findings;
}

/** @returns the rule by which the whole of `text` is a secret at a place with `context`, or undefined. */
export function wholeSecretRule(text: string, context: SecretContext | undefined): string | undefined {
  if (context === undefined) return undefined;
  if (context.keyClass === 'generated' && isBasicPair(text)) return context.rule;
  return isPlausibleSecret(text, context.keyClass) ? context.rule : undefined;
}

function findingsInString(text: string, { pointer, context }: Place): CredentialFinding[] {
  const found = findingsInText(text, pointer);
  const whole = found.length === 0 ? wholeSecretRule(text, context) : undefined;
  return whole === undefined
    ? found
    : [{ pointer, rule: whole, preview: `string of ${String(text.length)} characters` }];
}

function findingsInText(text: string, pointer: string): CredentialFinding[] {
  const byRule = new Map<string, CredentialFinding>();
  for (const { start, end, rule } of scanText(text)) {
    const preview = `${String(end - start)} of ${String(text.length)} characters of a string`;
    if (!byRule.has(rule)) byRule.set(rule, { pointer, rule, preview });
  }
  return [...byRule.values()];
}

function itemsOf(list: readonly unknown[], { pointer, context }: Place): Place[] {
  return list.map((value, index) => ({
    value,
    pointer: `${pointer}/${String(index)}`,
    context: contextOfItem(list, index, context),
  }));
}

function membersOf(
  holder: Record<string, unknown>,
  { pointer, context }: Place,
): { members: Place[]; nameFindings: CredentialFinding[] } {
  const members: Place[] = [];
  const nameFindings: CredentialFinding[] = [];
  for (const [name, value] of Object.entries(holder)) {
    const spans = scanText(name);
    const shownName = spans[0] === undefined ? name : `[redacted:${spans[0].rule}]`;
    const memberPointer = `${pointer}/${shownName.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    nameFindings.push(...findingsInText(name, memberPointer));
    members.push({ value, pointer: memberPointer, context: contextOfMember(holder, name, context) });
  }
  return { members, nameFindings };
}
