// Finds secrets that a text announces by name: `KEY=value`, `key: value`, `"key": "value"`, `--flag value`,
// `<key>value</key>`, `the password is value`. Which names count is decided in credential-keys.ts, which values in
// plausible-secret.ts. Each hit looks a bounded way to either side, so the scan is linear.
import { classifyKey, type KeyClass } from './credential-keys.js';
import { isPlausibleSecret, looksGenerated, looksStrong } from './plausible-secret.js';
import type { SecretSpan } from './scan-shapes.js';

const MAX_NAME_LENGTH = 96;
const HINT = /pass|pwd|pw\b|secret|token|key|cred|auth|bearer|cookie|jwt|pat\b|mnemonic/gi;
const NAME_CHARACTER = /[\w.-]/;
/** What may close a name (quote, bracket, emphasis), then the link to the value. */
const LINK =
  /\\{0,3}["'`*\]]{0,4}[ \t]{0,8}(?:(?<symbol>:=|=>|={1,3}|:|\||>|,|\()[ \t]{0,8}|(?<verb>is|are|was)[ \t]{1,4})\*{0,2}[ \t]{0,2}/y;
const SPACE = /\\{0,3}["'`]? {1,4}(?!-)/y;
const QUOTED =
  /(?<open>\\{0,3}(?<quote>["'`]))(?<secret>(?:(?!\k<quote>)[^\r\n\\]|\\(?!\\{0,2}\k<quote>)[^\r\n]){1,4096})\\{0,3}\k<quote>/y;
/** The first half of a name written in two words: `API key`. */
const FIRST_WORD = /(?:api|access|secret|private|auth) $/i;
const LINE_START = /(?:^|\n)[ \t]*(?:- |export |set |ENV |ARG )?["']?$/;
const OPENING_QUOTE = /^\\{0,3}["'`]/;
const BARE = /[^\s"'`,;&<>|\\]{1,256}/y;
/** For a value that another one reaches over, so that `a=token=token=...` stays cheap. */
const NESTED_BARE = /[^\s"'`,;&<>|\\]{1,32}/y;
const PASSWORD_NAME = /pass|pwd|pw$/i;

/** How much a link says about the value after it. */
type Link = 'assigned' | 'tabled' | 'listed' | 'told';
const LINK_KINDS: Readonly<Record<string, Link>> = { '': 'told', '|': 'tabled', ',': 'listed', '(': 'listed' };

interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isFlag: boolean;
}

interface Value {
  readonly text: string;
  readonly start: number;
  readonly quoted: boolean;
}

/** @returns the spans of the values that stand under a credential's name; never overlapping, in order. */
export function scanAssignments(text: string): SecretSpan[] {
  const spans: SecretSpan[] = [];
  let settledTo = 0;
  let judgedTo = 0;
  for (const hit of text.matchAll(HINT)) {
    if (hit.index < settledTo) continue;
    const name = nameAround(text, hit.index);
    settledTo = name.end;
    const link = linkAfter(text, name);
    const keyClass = link && classifyKey(name.text);
    if (link === undefined || keyClass === undefined) continue;
    const value = valueAt(text, link.end, link.end < judgedTo ? NESTED_BARE : BARE);
    if (value === undefined) continue;
    judgedTo = Math.max(judgedTo, value.start + value.text.length);
    if (!isSecretHere(value, link.kind, keyClass, name.isFlag || startsLine(text, name))) continue;
    settledTo = endOfValue(text, value);
    spans.push({ start: value.start, end: settledTo, rule: name.isFlag ? 'command-flag' : 'assignment' });
  }
  return spans;
}

function nameAround(text: string, at: number): Name {
  let start = at;
  let end = at;
  while (start > 0 && at - start < MAX_NAME_LENGTH && NAME_CHARACTER.test(text.charAt(start - 1))) start -= 1;
  while (end < text.length && end - at < MAX_NAME_LENGTH && NAME_CHARACTER.test(text.charAt(end))) end += 1;
  while (end > start && /[.-]/.test(text.charAt(end - 1))) end -= 1;
  const firstWord = FIRST_WORD.exec(text.slice(Math.max(0, start - 8), start));
  if (firstWord !== null) start -= firstWord[0].length;
  const name = text.slice(start, end);
  return { text: name, start, end, isFlag: name.startsWith('-') };
}

function startsLine(text: string, name: Name): boolean {
  return LINE_START.test(text.slice(Math.max(0, name.start - 24), name.start));
}

function linkAfter(text: string, name: Name): { end: number; kind: Link } | undefined {
  const link = execAt(LINK, text, name.end);
  if (link === null) {
    const space = name.isFlag || PASSWORD_NAME.test(name.text) ? execAt(SPACE, text, name.end) : null;
    return space === null ? undefined : { end: name.end + space[0].length, kind: name.isFlag ? 'assigned' : 'told' };
  }
  const symbol = link.groups?.symbol ?? '';
  const before = text.charAt(name.start - 1);
  if ((symbol === '>' && before !== '<') || (symbol === ':' && before === ':')) return undefined;
  return { end: name.end + link[0].length, kind: LINK_KINDS[symbol] ?? 'assigned' };
}

function valueAt(text: string, at: number, bareValue: RegExp): Value | undefined {
  const quoted = execAt(QUOTED, text, at);
  if (quoted !== null)
    return { text: quoted.groups?.secret ?? '', start: at + (quoted.groups?.open ?? '').length, quoted: true };
  const start = at + (OPENING_QUOTE.exec(text.slice(at, at + 4))?.[0].length ?? 0);
  const bare = execAt(bareValue, text, start)?.[0];
  return bare === undefined ? undefined : { text: withoutPunctuation(bare), start, quoted: false };
}

/** A bare value is judged by its beginning; the whole of it, however long, is the secret. */
function endOfValue(text: string, { text: judged, start, quoted }: Value): number {
  if (quoted) return start + judged.length;
  let end = start;
  for (let part = execAt(BARE, text, end); part !== null; part = execAt(BARE, text, end)) end += part[0].length;
  return start + withoutPunctuation(text.slice(start, end)).length;
}

function withoutPunctuation(value: string): string {
  return value.replace(/(?<![.,:)}\]*])[.,:)}\]*]{1,8}$/, '');
}

function isSecretHere({ text, quoted }: Value, link: Link, keyClass: KeyClass, isWholeLine: boolean): boolean {
  if (link === 'listed' && !quoted) return false;
  const isAsStated = link === 'assigned' && (quoted || isWholeLine);
  if (isAsStated) return isPlausibleSecret(text, keyClass);
  return isPlausibleSecret(text, keyClass) && (looksStrong(text) || (keyClass === 'generated' && looksGenerated(text)));
}

function execAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}
