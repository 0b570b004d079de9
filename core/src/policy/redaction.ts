// Removes secrets from what leaves AgentDispatch: known values exactly, and whatever credential detection recognises.
// Pure; a redactor keeps no text between calls except inside one stream (redaction-stream.ts).
import { wholeSecretRule } from './credential-detection.js';
import { knownValueForms, knownValueSpans } from './known-values.js';
import { RedactionStream } from './redaction-stream.js';
import type { SecretSpan } from './scan-shapes.js';
import { mergeSpans, scanText } from './scan-text.js';
import { contextOfItem, contextOfMember, type SecretContext } from './secret-context.js';

/** Nesting beyond this is replaced whole: nothing we show goes anywhere near as deep. */
const MAX_DEPTH = 500;

export interface RedactorOptions {
  /**
   * Secrets known by value, such as the resolved `secrets` of a task; default none. Values shorter than 6 characters
   * are ignored, since they would redact ordinary words. Their JSON, URL and base64 forms, and the long lines of a
   * value of several lines, are covered too.
   */
  readonly values?: readonly string[];
}

/** Replaces secrets by `[redacted:<rule>]`; a known value's rule is `known-value`. */
export interface Redactor {
  /** One complete text, such as an error message. */
  text(text: string): string;
  /** A JSON value: a copy with every string and member name redacted. `undefined` members are left out. */
  json(value: unknown): unknown;
  /** A text that arrives in chunks, such as a child's stdout: one stream per source, flushed at its end. */
  stream(): RedactionStream;
}

/** @returns a redactor; it may be kept and used for any number of texts and streams. */
export function createRedactor({ values = [] }: RedactorOptions = {}): Redactor {
  const known = knownValueForms(values);
  const spansOf = (text: string): SecretSpan[] => mergeSpans([...knownValueSpans(text, known), ...scanText(text)]);
  const text = (input: string): string => replaceSpans(input, spansOf(input));
  return {
    text,
    json: (value) => redactJson(value, text, undefined, 0),
    stream: () => new RedactionStream(known, spansOf),
  };
}

/** @returns `text` with each of the ordered, separate `spans` replaced by its marker. */
function replaceSpans(text: string, spans: readonly SecretSpan[]): string {
  let result = '';
  let copiedTo = 0;
  for (const { start, end, rule } of spans) {
    result += `${text.slice(copiedTo, start)}[redacted:${rule}]`;
    copiedTo = end;
  }
  return result + text.slice(copiedTo);
}

function redactJson(
  value: unknown,
  text: (input: string) => string,
  context: SecretContext | undefined,
  depth: number,
): unknown {
  if (typeof value === 'string') return redactString(value, text, context);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[redacted:too-deep]';
  if (Array.isArray(value))
    return value.map((item, index) => redactJson(item, text, contextOfItem(value, index, context), depth + 1));
  const holder = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(holder).map(([name, member]) => [
      text(name),
      redactJson(member, text, contextOfMember(holder, name, context), depth + 1),
    ]),
  );
}

function redactString(value: string, text: (input: string) => string, context: SecretContext | undefined): string {
  const redacted = text(value);
  const wholeRule = wholeSecretRule(value, context);
  return wholeRule === undefined || /^\[redacted:[\w-]+\]$/.test(redacted) ? redacted : `[redacted:${wholeRule}]`;
}
