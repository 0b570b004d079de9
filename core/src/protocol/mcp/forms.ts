// The form in which an agent wants an answer, filled in from the text of a message.
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';

export type Form = Readonly<Record<string, unknown>>;
type Field = string | number | boolean | string[];
export type Filled = Record<string, Field>;

/**
 * A JSON object with the form's fields; where it has one field, that field's value alone, or plain text for a text.
 * Errors: AD_INPUT_INVALID (caller), which says what the form wants.
 */
export function filledIn(form: Form, text: string): Filled {
  const fields = fieldsOf(form);
  const names = Object.keys(fields);
  const value = parsedLoosely(text);
  if (isRecord(value) && Object.keys(value).every((name) => Object.hasOwn(fields, name))) {
    return checked(value, fields, form);
  }
  const [only, ...others] = names;
  if (only === undefined) return {};
  if (others.length > 0) throw invalid(`The answer must be a JSON object with ${names.join(', ')}.`);
  return { [only]: fieldIn(only, fields[only], isText(fields[only]) ? text : value) };
}

/** Errors: AD_INPUT_INVALID. */
export const filledFrom = (form: Form, value: unknown): Filled =>
  filledIn(form, typeof value === 'string' ? value : JSON.stringify(value ?? null));

const fieldsOf = ({ properties }: Form): Record<string, unknown> => (isRecord(properties) ? properties : {});

function checked(value: Record<string, unknown>, fields: Record<string, unknown>, { required }: Form): Filled {
  const needed = Array.isArray(required) ? required.map(String) : [];
  const missing = needed.filter((name) => !Object.hasOwn(value, name));
  if (missing.length > 0) throw invalid(`The answer lacks ${missing.join(', ')}.`);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fieldIn(name, fields[name], part)]));
}

function fieldIn(name: string, schema: unknown, value: unknown): Field {
  const wanted = isRecord(schema) ? schema : {};
  const type = typeof wanted['type'] === 'string' ? wanted['type'] : 'text, number, boolean or list of texts';
  const isFit = TYPES[type] ?? isField;
  const choices = Array.isArray(wanted['enum']) ? wanted['enum'] : undefined;
  if (choices !== undefined && !choices.includes(value)) {
    throw invalid(`${name} must be one of ${choices.slice(0, 50).join(', ')}.`);
  }
  if (isFit(value) && isField(value)) return value;
  throw invalid(`${name} must be of the type ${type}.`);
}

const isText = (schema: unknown): boolean =>
  isRecord(schema) && [undefined, 'string'].includes(schema['type'] as string);

const isField = (value: unknown): value is Field =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((part) => typeof part === 'string'));

const TYPES: Readonly<Partial<Record<string, (value: unknown) => boolean>>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
};

function parsedLoosely(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const invalid = (message: string): DispatchError => new DispatchError('AD_INPUT_INVALID', message);
