// Makes an untrusted value a private, bounded JSON value: size and depth are limited before anything looks inside.
// Must not know what the arguments mean; check-arguments.ts does.
import { escapePointer } from '@agent-dispatch/schemas';
import { isRecord } from '../config/record.js';
import { DispatchError } from '../errors/index.js';
import type { Json } from './json.js';

/** Bytes of UTF-8. Well below the 10 MiB that a line of a front door may have. */
export const MAX_INSTRUCTION_BYTES = 4 * 1024 * 1024;
/** Bytes of the whole call as JSON. */
export const MAX_CALL_BYTES = 8 * 1024 * 1024;
/** Levels of nesting, so that no recursion behind this point runs out of stack. */
export const MAX_DEPTH = 100;

/**
 * A copy of the arguments that nobody else holds.
 *
 * @param instructionPath where this tool has its instruction, as a path of names.
 * Errors: AD_INPUT_TOO_LARGE with the argument's pointer; AD_INPUT_INVALID for what is no JSON or nested too deep.
 */
export function readArguments(input: unknown, instructionPath: readonly string[]): Json {
  const text = toJson(input);
  const value = JSON.parse(text) as Json;
  limitInstruction(value, instructionPath);
  limitWhole(value, text);
  limitDepth(value);
  return value;
}

function toJson(input: unknown): string {
  try {
    const text = JSON.stringify(input ?? null) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw notJson(cause instanceof RangeError ? tooDeep : 'is no JSON value', cause);
  }
  throw notJson('is no JSON value');
}

const tooDeep = `is nested deeper than ${String(MAX_DEPTH)} levels`;

const notJson = (message: string, cause?: unknown): DispatchError =>
  new DispatchError('AD_INPUT_INVALID', 'The arguments cannot be read.', {
    problems: [{ pointer: '', message }],
    cause,
  });

function limitInstruction(value: Json, path: readonly string[]): void {
  const instruction = path.reduce<unknown>((node, name) => (isRecord(node) ? node[name] : undefined), value);
  if (typeof instruction !== 'string') return;
  const bytes = Buffer.byteLength(instruction);
  if (bytes > MAX_INSTRUCTION_BYTES)
    throw tooLarge(path.map((name) => `/${name}`).join(''), bytes, MAX_INSTRUCTION_BYTES, 'The instruction');
}

function limitWhole(value: Json, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_CALL_BYTES) return;
  const members = isRecord(value) ? Object.entries(value) : [];
  const sizes = members.map(([name, member]) => ({ name, size: JSON.stringify(member).length }));
  const largest = sizes.sort((a, b) => b.size - a.size)[0];
  throw tooLarge(largest === undefined ? '' : `/${escapePointer(largest.name)}`, bytes, MAX_CALL_BYTES, 'The request');
}

function tooLarge(pointer: string, bytes: number, limit: number, what: string): DispatchError {
  const message = `${what} has ${String(bytes)} bytes; the limit is ${String(limit)}.`;
  return new DispatchError('AD_INPUT_TOO_LARGE', message, {
    problems: [{ pointer, message: `makes it too large: at most ${String(limit)} bytes` }],
    details: { bytes, limit },
  });
}

function limitDepth(root: Json): void {
  let level: Json[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw notJson(tooDeep);
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
}
