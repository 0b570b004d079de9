// key=value flags, and the JSON that some flags take.
import { DispatchError } from '@agent-dispatch/core/errors';

/** undefined when the flag was not given. Errors: AD_INPUT_INVALID. */
export function pairs(flag: string, given: readonly string[] | undefined): Record<string, string> | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(given.map((text) => pair(flag, text)));
}

function pair(flag: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw invalid(`--${flag} ${text} is not of the form name=value.`, `Write --${flag} name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Numbers, booleans, objects and lists as JSON has them; anything else is text. */
export function jsonPairs(flag: string, given: readonly string[] | undefined): Record<string, unknown> | undefined {
  const texts = pairs(flag, given);
  return texts && Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, valueOf(text)]));
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Errors: AD_INPUT_INVALID when the text is no JSON object. The text itself is not repeated. */
export function jsonObject(what: string, text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  const value = valueOf(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${what} is not a JSON object.`, `Write ${what} as one JSON object.`);
}

/** Without the members that are undefined, which a schema would take for present. */
export const withoutAbsent = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;

export const invalid = (message: string, hint?: string): DispatchError =>
  new DispatchError('AD_INPUT_INVALID', message, hint === undefined ? {} : { hint });
