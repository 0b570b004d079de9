// What one message of a stream says: readable text for the log, and a result or an error where it carries one.
import { isRecord } from '../../config/record.js';

/** A message, read. */
export interface Payload {
  /** Readable form. */
  text: string;
  /** piece: part of running text, to be joined as it is. line: a record of its own. */
  form: 'piece' | 'line';
  /** The value of its `result` field, when it has one. */
  result?: { value: unknown };
  /** What its `error` field says, when that is set. */
  error?: string;
}

/** Fields under which agents send readable text, in order of preference. */
const PIECE_FIELDS = ['text', 'delta', 'content', 'data'] as const;
const LINE_FIELDS = ['message'] as const;

/** Reads a message that may be JSON or plain text. */
export function readPayload(message: string): Payload {
  const value = parseLoosely(message);
  return value === undefined ? { text: message, form: 'piece' } : readValue(value);
}

/** Reads a message that is JSON. */
export function readValue(value: unknown): Payload {
  if (typeof value === 'string') return { text: value, form: 'piece' };
  if (!isRecord(value)) return { text: JSON.stringify(value), form: 'line' };
  const { result, error } = value;
  return {
    ...readableText(value),
    ...(result !== undefined && { result: { value: result } }),
    ...(isSet(error) && { error: errorText(error, value) }),
  };
}

function readableText(value: Record<string, unknown>): Pick<Payload, 'text' | 'form'> {
  const piece = firstText(value, PIECE_FIELDS);
  if (piece !== undefined) return { text: piece, form: 'piece' };
  return { text: firstText(value, LINE_FIELDS) ?? JSON.stringify(value), form: 'line' };
}

function firstText(value: Record<string, unknown>, fields: readonly string[]): string | undefined {
  return fields.map((field) => value[field]).find((candidate) => typeof candidate === 'string');
}

// Only what looks like JSON is tried: `data: 42` and `data: true` are words of the agent.
function parseLoosely(message: string): unknown {
  if (!/^\s*[{["]/.test(message)) return undefined;
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}

function errorText(error: unknown, message: Record<string, unknown>): string {
  if (typeof error === 'string') return error;
  const inner = isRecord(error) ? firstText(error, LINE_FIELDS) : firstText(message, LINE_FIELDS);
  return inner ?? JSON.stringify(error);
}

const isSet = (error: unknown): boolean => error !== undefined && error !== null && error !== false && error !== '';
