// Which names of members, variables, flags and headers announce a secret, in any casing and with any separator.
// The last word of a name decides (`dbPassword` yes, `passwordPolicy` no). Whether the value beside the name could
// be a secret at all is decided in plausible-secret.ts.

/**
 * What a name announces. `password`: a value a person may have chosen, so a weak one counts. `generated`: a value a
 * machine issued (token, key, secret), so a plain word or a resource's name does not count.
 */
export type KeyClass = 'password' | 'generated';

const PASSWORD_NOUNS = new Set(['password', 'passwords', 'passwd', 'passphrase', 'passcode', 'pwd', 'mnemonic']);
const PASSWORD_PHRASES = new Set(['seed phrase', 'recovery phrase', 'pass phrase', 'pass word']);
const GENERATED_NOUNS = new Set([
  'secret',
  'secrets',
  'credential',
  'credentials',
  'creds',
  'bearer',
  'authorization',
  'auth',
  'cookie',
  'jwt',
  'pat',
  'pass',
  'pw',
  'token',
  'tokens',
]);

/** Words that make a secret of a following `key`; a bare key, and any other pair, is harmless. */
const SECRET_KEY_QUALIFIERS = new Set([
  'api',
  'access',
  'secret',
  'private',
  'signing',
  'signature',
  'encryption',
  'decryption',
  'master',
  'account',
  'shared',
  'auth',
  'app',
  'application',
  'service',
  'deploy',
  'ssh',
  'hmac',
  'webhook',
  'jwt',
  'aes',
  'crypto',
  'admin',
  'root',
  'integration',
  'session',
  'cookie',
  'fernet',
  'wallet',
  'function',
  'subscription',
  'ingest',
  'server',
  'security',
]);

/** Tokens that page, pad, count or de-duplicate: handed about freely by design. */
const HARMLESS_TOKEN_QUALIFIERS = new Set([
  'next',
  'page',
  'paging',
  'pagination',
  'continuation',
  'cursor',
  'sync',
  'marker',
  'previous',
  'prev',
  'client',
  'idempotency',
  'dedup',
  'request',
  'max',
  'min',
  'num',
  'total',
  'count',
  'prompt',
  'completion',
  'input',
  'output',
  'stop',
  'start',
  'end',
  'eos',
  'bos',
  'pad',
  'unk',
  'mask',
  'sep',
  'cls',
  'cancel',
  'cancellation',
  'starting',
  'trace',
  'syntax',
  'type',
  'image',
  'reasoning',
  'cached',
  'per',
  'design',
]);

/** Names that ask about a secret, forbid one or describe one. */
const HARMLESS_QUALIFIERS = new Set([
  'has',
  'is',
  'require',
  'required',
  'requires',
  'enable',
  'enabled',
  'allow',
  'allowed',
  'forgot',
  'forgotten',
  'show',
  'hide',
  'with',
  'no',
  'without',
  'max',
  'min',
  'public',
  'hashed',
  'publishable',
  'rotate',
  'redact',
]);

/** Trailing words that leave the meaning as it is: `API_KEY_PROD`, `passwordConfirmation`, `SecretString`. */
const TRANSPARENT_ENDINGS = new Set([
  'value',
  'plain',
  'plaintext',
  'raw',
  'string',
  'b64',
  'base64',
  'encoded',
  'current',
  'old',
  'new',
  'prod',
  'production',
  'dev',
  'development',
  'test',
  'staging',
  'live',
  'sandbox',
  'primary',
  'secondary',
  'default',
  'main',
  'backup',
  'base',
  'confirmation',
  'confirm',
  'again',
  'repeat',
]);

const JOINED_PASSWORD = /(?:password|passwd|passphrase)$/;
const JOINED_GENERATED =
  /(?:(?:api|secret|access|private|master|account|auth|signing|encryption)key|(?:auth|access|refresh|api|bearer|session|id|bot)token|(?:client|api|app|shared|consumer|webhook)secret)$/;

/** @returns the class of secret that `name` announces, or undefined for a name that announces none. */
export function classifyKey(name: string): KeyClass | undefined {
  if (name.length > 128) return undefined;
  const words = meaningfulWords(name);
  const head = words.at(-1);
  if (head === undefined) return undefined;
  const qualifiers = words.slice(0, -1);
  if (qualifiers.some((word) => HARMLESS_QUALIFIERS.has(word))) return undefined;
  const beforeHead = qualifiers.at(-1) ?? '';
  if (PASSWORD_NOUNS.has(head) || JOINED_PASSWORD.test(head) || PASSWORD_PHRASES.has(`${beforeHead} ${head}`))
    return 'password';
  if (head === 'token' || head === 'tokens') return HARMLESS_TOKEN_QUALIFIERS.has(beforeHead) ? undefined : 'generated';
  if (head === 'key' || head === 'keys') return SECRET_KEY_QUALIFIERS.has(beforeHead) ? 'generated' : undefined;
  return GENERATED_NOUNS.has(head) || JOINED_GENERATED.test(head) ? 'generated' : undefined;
}

/** @returns the lower-case words of a name written in camel, snake, kebab, dotted, header or spaced style. */
export function wordsOfName(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function meaningfulWords(name: string): string[] {
  const words = wordsOfName(name).map((word) =>
    /^[a-z]+\d{1,2}$/.test(word) && !TRANSPARENT_ENDINGS.has(word) ? word.replace(/\d+$/, '') : word,
  );
  while (words.length > 1 && (TRANSPARENT_ENDINGS.has(words.at(-1) ?? '') || /^\d{1,3}$/.test(words.at(-1) ?? '')))
    words.pop();
  return words;
}
