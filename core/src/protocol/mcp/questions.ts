// What the server asks by elicitation, as one question of the task. What it asks for at once must be answered at once, so it is
// one question whose answer has a part for each.
import type { InputRequest } from '@agent-dispatch/schemas';
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Message } from '../../provider/index.js';
import { type Filled, filledFrom, filledIn, type Form } from './forms.js';
import type { McpLimits } from './limits.js';

/** Kept in the handle, where all of it must have room. */
export interface OpenQuestion {
  readonly request: InputRequest;
  /** By the names that the server gave them. */
  readonly forms: Readonly<Record<string, Form>>;
}

export interface Elicited {
  action: 'accept';
  content: Filled;
}

const MAX_PARTS = 16;

/**
 * @param asked the parameters of each `elicitation/create`, by its name.
 * Errors: AD_PROTOCOL_TOO_LARGE.
 */
export function questionAbout(
  requestId: string,
  asked: Readonly<Record<string, unknown>>,
  { questionBytes }: Pick<McpLimits, 'questionBytes'>,
): OpenQuestion {
  const parts = Object.entries(asked).map(([name, params]) => partOf(name, params));
  const [first, ...others] = parts;
  if (first === undefined || parts.length > MAX_PARTS) {
    throw new DispatchError('AD_PROTOCOL_TOO_LARGE', `The agent asks ${parts.length} questions at once.`);
  }
  const whole = others.length === 0 ? first : together(parts);
  const request = fitted({ requestId, question: whole.question, schema: { ...whole.form } }, questionBytes);
  return { request, forms: Object.fromEntries(parts.map(({ name, form }) => [name, form])) };
}

/** Errors: AD_INPUT_INVALID (caller) when the message does not answer the question. */
export function elicitedBy({ forms }: OpenQuestion, { text }: Pick<Message, 'text'>): Record<string, Elicited> {
  const [first, ...others] = Object.entries(forms);
  if (first !== undefined && others.length === 0) return { [first[0]]: accept(filledIn(first[1], text)) };
  const values = objectIn(text);
  const missing = Object.keys(forms).filter((name) => !Object.hasOwn(values, name));
  if (missing.length > 0) {
    const message = `The answer must be a JSON object with a part for each question; missing: ${missing.join(', ')}.`;
    throw new DispatchError('AD_INPUT_INVALID', message);
  }
  return Object.fromEntries(
    Object.entries(forms).map(([name, form]) => [name, accept(filledFrom(form, values[name]))]),
  );
}

const accept = (content: Filled): Elicited => ({ action: 'accept', content });

interface Part {
  readonly name: string;
  readonly question: string;
  readonly form: Form;
}

/** An address that a person shall open is part of the question; that it was opened is the whole answer. */
function partOf(name: string, params: unknown): Part {
  const { message, url, requestedSchema } = isRecord(params) ? params : {};
  const question = [message, url].filter((text) => typeof text === 'string').join('\n');
  return { name, question, form: isRecord(requestedSchema) ? requestedSchema : {} };
}

const together = (parts: readonly Part[]): Omit<Part, 'name'> => ({
  question: parts.map(({ name, question }) => `${name}: ${question}`).join('\n'),
  form: {
    type: 'object',
    required: parts.map(({ name }) => name),
    properties: Object.fromEntries(parts.map(({ name, form }) => [name, form])),
  },
});

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The schema goes first: the question alone may still be understood. */
function fitted({ schema = {}, ...bare }: InputRequest, maxBytes: number): InputRequest {
  const isForm = Object.keys(schema).length > 0;
  const whole = isForm ? { ...bare, schema } : bare;
  if (bytesOf(whole) <= maxBytes) return whole;
  const note = isForm ? '\n[answer with JSON; its schema is too large to be shown]' : '\n[cut]';
  // JSON needs at most six bytes for a character.
  const room = Math.floor(maxBytes / 6) - bare.requestId.length - note.length;
  return { ...bare, question: bare.question.slice(0, Math.max(0, room)) + note };
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
