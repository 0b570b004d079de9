// Whether a value that stands where a secret would stand could be one: not a placeholder, a reference to a secret kept
// elsewhere, a name, a path, a piece of code or a sentence. Pure; every test is linear in the value's length.
import { wordsOfName, type KeyClass } from './credential-keys.js';

/** Values longer than this are judged by their beginning; no secret needs more to be recognised. */
const JUDGED_LENGTH = 256;

const PLACEHOLDER_WORDS = new Set([
  'none',
  'null',
  'nil',
  'undefined',
  'true',
  'false',
  'string',
  'text',
  'required',
  'optional',
  'hidden',
  'masked',
  'empty',
  'unset',
  'default',
  'changeme',
  'change-me',
  'change_me',
  'changeit',
  'n/a',
  'tbd',
  'todo',
  'test',
  'pass',
]);
const PLACEHOLDER =
  /change[-_ ]?me|placeholder|example|redacted|dummy|your[-_ ]|[-_ ]here$|^(?:my|the|insert|replace|enter|put|some|any)[-_ ][a-z_ -]*$|\.{3}|…/i;
const REFERENCE =
  /^\$\{|^\$\(|^\$[A-Za-z_]\w*$|^\$env:|^%\w+%$|^!?\{\{|^<[^>]*>?$|^\[[^\]]*\]$|^@\w+\(|^(?:process|import\.meta)\.env\b|^os\.|^ENV\[|^!(?:ref|sub|vault|env)/i;
const LOCATION =
  /^(?:arn|op|vault|env|file|ssm|sm|secretsmanager|secret|keychain|sops|doppler|ref|urn|data|projects):|^[a-z][a-z0-9+.-]{1,20}:\/\/|^(?:\.{1,2}|~)\/|^[A-Za-z]:[\\/]/i;
const ENVIRONMENT_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^[A-Z]{3,}$/;
const CODE = /^[\w.$]+[([]|^\(|\)\[|^\{[A-Za-z_][\w.!:]*\}?$|^(?:function|new|await)\b|=>|:![01]$/;
const CREDENTIAL_NOUN = /pass|pwd|secret|token|key|cred|auth|bearer|user|name|login|value|variable|field/i;
const FUNCTION_WORD =
  /(?:^|\s)(?:the|your|a|an|of|at|is|are|be|must|should|to|for|in|on|and|or|with|from|this|that|least|if|not|no|by)(?=\s|$)/i;
const ALGORITHM =
  /^(?:sha|md|aes|rsa|hs|rs|es|ed|argon|pbkdf|base|oauth|utf|hmac|bcrypt|scrypt|http|ipv|v)[-_]?\d[\w.-]{0,12}$/i;
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]|$)/;
const VERSION_RANGE = /^(?:npm:[@\w./-]+@)?[\^~<>=v ]{0,3}\d+\.\d+(?:\.[\dx]+)?(?:-[\w.]+)?(?: .*)?$/;
const MARKDOWN_LINK = /\]\(|^#[a-z]+(?:-[a-z]+)+$|^["'`]/;

/** @returns true when `value`, standing under a name of class `keyClass`, could be a secret. */
export function isPlausibleSecret(value: string, keyClass: KeyClass): boolean {
  const judged = value.slice(0, JUDGED_LENGTH).trim();
  if (isStandIn(judged)) return false;
  return keyClass === 'password' ? couldBePassword(judged) : looksGenerated(judged);
}

/** @returns true for what stands for a secret without being one: placeholders, references, locations, masked values. */
export function isStandIn(value: string): boolean {
  if (value.length < 4) return true;
  return (
    PLACEHOLDER_WORDS.has(value.toLowerCase()) ||
    PLACEHOLDER.test(value) ||
    isPadded(value) ||
    REFERENCE.test(value) ||
    LOCATION.test(value) ||
    isAbsolutePath(value) ||
    ENVIRONMENT_NAME.test(value) ||
    DATE.test(value) ||
    VERSION_RANGE.test(value) ||
    new Set(value.slice(0, 64)).size <= 2
  );
}

/** Base64 may begin with a slash too, so a long path counts only when its parts read as words. */
function isAbsolutePath(value: string): boolean {
  return value.startsWith('/') && (isNameLike(value) || (value.length < 32 && !/[+=]/.test(value)));
}

/** A token whose body is one repeated character, as documentation writes it: `ghp_xxxxxxxx`. */
export function isPadded(value: string): boolean {
  return /([xX*•.#0_-])\1{7}/.test(value) || value.includes('EXAMPLE');
}

/** @returns true for a value that mixes characters as passwords do; plain words, names and versions do not. */
export function looksStrong(value: string): boolean {
  if (value.length < 6 || isStandIn(value) || CODE.test(value) || ALGORITHM.test(value) || MARKDOWN_LINK.test(value))
    return false;
  if (!/[A-Za-z]/.test(value)) return false;
  if (/\d/.test(value)) return !isNameLike(value) || /^[A-Za-z]{3,}\d{2,}$/.test(value);
  return /[!@#$%^&+]/.test(value);
}

/** @returns true for a value that a machine seems to have issued: long, without spaces, not built of words. */
export function looksGenerated(value: string): boolean {
  if (value.length < 8 || !/^[\w\-./+=:~%!@#$^&*|]+$/.test(value) || isNameLike(value) || ALGORITHM.test(value))
    return false;
  if (/[A-Za-z]/.test(value) && /\d/.test(value)) return true;
  return value.length >= 10 && caseChanges(value) >= 4;
}

function couldBePassword(value: string): boolean {
  if (/\s/.test(value)) return couldBePassphrase(value);
  if (CODE.test(value) || isDottedName(value)) return false;
  if (/^\p{L}+$/u.test(value)) return /^[A-Za-z]+$/.test(value) && !isWordOrIdentifier(value);
  return /[\d!@#$%^&*+~?]/.test(value) || !CREDENTIAL_NOUN.test(value);
}

function isWordOrIdentifier(letters: string): boolean {
  const plainWord = /^(?:[A-Z]?[a-z]+|[A-Z]+)$/.test(letters);
  return plainWord ? letters.length < 10 || CREDENTIAL_NOUN.test(letters) : CREDENTIAL_NOUN.test(letters);
}

function couldBePassphrase(value: string): boolean {
  if (FUNCTION_WORD.test(value)) return false;
  return /\d/.test(value) || value.split(/\s+/).length >= 4;
}

function isDottedName(value: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][A-Za-z_$]*)+$/.test(value);
}

/** Words, small numbers and versions in any name style: `prod-db-credentials-v2`, `kv/data/app`, `types.privateId`. */
function isNameLike(value: string): boolean {
  if (!/^[\w\-/.:=@|&$*]+$/.test(value)) return false;
  const words = wordsOfName(value);
  const spelled = words.filter((word) => /[a-z]/.test(word));
  const letters = spelled.join('').replace(/\d/g, '').length;
  const numbered = spelled.filter((word) => /\d/.test(word)).length;
  const unspeakable = spelled.filter((word) => !/[aeiouy]/.test(word)).length;
  if (numbered > 2 || letters < spelled.length * 3 || unspeakable * 3 > spelled.length + 1) return false;
  return words.every((word) => /^[a-z]*\d{0,5}$|^\d{1,8}$/.test(word) && !/[^aeiouy\d]{5}/.test(word));
}

function caseChanges(value: string): number {
  let changes = 0;
  for (let at = 1; at < value.length; at += 1) {
    if (isUpper(value.charCodeAt(at)) !== isUpper(value.charCodeAt(at - 1))) changes += 1;
  }
  return changes;
}

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}
