// Loads the labelled corpus and expands its templates, so that no file of the repository holds anything shaped like a
// real secret. Test data only: not exported, not shipped.
//   {A36} letters and digits   {a36} lower case and digits   {U16} upper case base32   {H40} lower hex   {D10} digits
//   {B40} base64 alphabet      {W43} base64url alphabet      {b64:text} base64 of text  {JWT} a signed token
//   {PEM:RSA } a private key block of that kind              {PGP} a PGP private block  {pk} the words of its markers
// The generator is seeded by the entry's id: the same corpus in every run.
import { readFileSync } from 'node:fs';

export interface CorpusEntry {
  readonly id: string;
  readonly secret: boolean;
  readonly note: string;
  readonly value: unknown;
}

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const DIGITS = '0123456789';
const ALPHABETS: Readonly<Record<string, string>> = {
  A: UPPER + LOWER + DIGITS,
  a: LOWER + DIGITS,
  U: `${UPPER}234567`,
  H: `${DIGITS}abcdef`,
  D: DIGITS,
  B: `${UPPER + LOWER + DIGITS}+/`,
  W: `${UPPER + LOWER + DIGITS}-_`,
};
const PRIVATE_KEY = ['PRIVATE', 'KEY'].join(' ');
const TEMPLATE =
  /\{(?:(?<alphabet>[AaUHDBW])(?<length>\d+)|PEM:(?<kind>[A-Z ]*)|b64:(?<plain>[^}]*)|(?<fixed>JWT|PGP|pk))\}/g;

/** @returns the entries of `file`, a name in this folder, with every template expanded. */
export function loadCorpus(file: string): CorpusEntry[] {
  const entries = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as CorpusEntry[];
  return entries.map((entry) => ({ ...entry, value: expand(entry.value, generatorFor(entry.id)) }));
}

type Pick = (alphabet: string, length: number) => string;

function expand(value: unknown, pick: Pick): unknown {
  if (typeof value === 'string') return expandText(value, pick);
  if (Array.isArray(value)) return value.map((item) => expand(item, pick));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [expandText(name, pick), expand(member, pick)]),
  );
}

function expandText(text: string, pick: Pick): string {
  return text.replace(TEMPLATE, (_whole, ...rest) => {
    const { alphabet, length, kind, plain, fixed } = rest.at(-1) as Record<string, string | undefined>;
    if (alphabet !== undefined) return pick(ALPHABETS[alphabet] ?? '', Number(length));
    if (plain !== undefined) return base64(plain);
    if (kind !== undefined) return block(`${kind}${PRIVATE_KEY}`, pick);
    if (fixed === 'PGP') return block(`PGP ${PRIVATE_KEY} BLOCK`, pick);
    return fixed === 'JWT' ? jwt(pick) : PRIVATE_KEY;
  });
}

function block(title: string, pick: Pick): string {
  const lines = Array.from({ length: 5 }, () => pick(ALPHABETS.B ?? '', 64));
  return [`-----BEGIN ${title}-----`, ...lines, `-----END ${title}-----`].join('\n');
}

function jwt(pick: Pick): string {
  const header = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }));
  return `${header}.${base64url(JSON.stringify({ sub: pick(DIGITS, 10), iat: 1700000000 }))}.${pick(ALPHABETS.W ?? '', 43)}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** A linear congruential generator over 32 bits; its high bits pick the characters. */
function generatorFor(seed: string): Pick {
  let state = Buffer.from(seed).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0x9e3779b9);
  return (alphabet, length) => {
    let text = '';
    while (text.length < length) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      text += alphabet.charAt(Math.floor((state / 2 ** 32) * alphabet.length));
    }
    return text;
  };
}
