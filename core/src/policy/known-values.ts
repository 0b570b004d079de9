// Secrets known by value: the forms in which they may turn up in a text, and where they do. Pure.
import type { SecretSpan } from './scan-shapes.js';

/** Shorter values are ordinary words too often. */
const MIN_LENGTH = 6;
const MIN_LINE_LENGTH = 16;

/** One form of a known secret, with the table that tells how much of its beginning a text ends with. */
export interface KnownValue {
  readonly text: string;
  /** For each length of a matched beginning, the next shorter beginning that ends it too (Knuth, Morris, Pratt). */
  readonly fallbacks: readonly number[];
}

/** @returns every form to look for: as is, as JSON writes it, percent-encoded, in base64, and long lines one by one. */
export function knownValueForms(values: readonly string[]): KnownValue[] {
  const forms = values.filter((value) => value.length >= MIN_LENGTH).flatMap(formsOf);
  return [...new Set(forms)].map((text) => ({ text, fallbacks: fallbacksOf(text) }));
}

/** @returns every occurrence, overlapping ones included, unordered. */
export function knownValueSpans(text: string, known: readonly KnownValue[]): SecretSpan[] {
  const spans: SecretSpan[] = [];
  for (const value of known) {
    const { length } = value.text;
    for (let start = text.indexOf(value.text); start >= 0; start = text.indexOf(value.text, start + 1)) {
      spans.push({ start, end: start + length, rule: 'known-value' });
    }
  }
  return spans;
}

/** @returns the length of the longest end of `text` that is a beginning, but not the whole, of a known value. */
export function pendingLength(text: string, known: readonly KnownValue[]): number {
  return known.reduce((longest, value) => Math.max(longest, unfinishedMatch(text, value)), 0);
}

function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  const lines = value.split(/\r?\n/).filter((line) => line !== value && line.length >= MIN_LINE_LENGTH);
  return [value, json, percentEncoded(value), base64, ...lines];
}

/** Through UTF-8 first: a lone surrogate has no percent-encoded form and would throw. */
function percentEncoded(value: string): string {
  return encodeURIComponent(Buffer.from(value).toString());
}

function fallbacksOf(text: string): number[] {
  const fallbacks = [0, 0];
  for (let at = 1, matched = 0; at < text.length; at += 1) {
    matched = extend(text, fallbacks, matched, text.charAt(at));
    fallbacks.push(matched);
  }
  return fallbacks;
}

function extend(text: string, fallbacks: readonly number[], matched: number, next: string): number {
  let length = matched;
  while (length > 0 && text.charAt(length) !== next) length = fallbacks[length] ?? 0;
  return text.charAt(length) === next ? length + 1 : 0;
}

function unfinishedMatch(text: string, { text: value, fallbacks }: KnownValue): number {
  let matched = 0;
  for (let at = Math.max(0, text.length - value.length + 1); at < text.length; at += 1) {
    matched = extend(value, fallbacks, matched, text.charAt(at));
  }
  return matched;
}
