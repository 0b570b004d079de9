// Turns a validator's errors into problems a person or an agent can act on: where, what, and what was probably meant.
import { closest, distance } from 'fastest-levenshtein';
import { escapePointer } from './json-pointer.js';
import type { JsonSchema } from './json-schema.js';

/** One thing that is wrong with a JSON value. */
export interface Problem {
  /** RFC 6901 pointer to the offending value, or to the object that lacks or should not have a property. */
  pointer: string;
  message: string;
  hint?: string;
}

/** The part of an ajv error that problems are made from. */
export interface ValidationError {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
  message?: string;
}

/** Keywords that only repeat what a nested error says better. */
const SUMMARY_KEYWORDS = new Set(['if', 'allOf', 'not', 'propertyNames']);

/**
 * Problems of one value, in the order found, each told once.
 * @param schema the schema of the value, with the `$defs` it refers to; gives the names for did-you-mean.
 */
export function problemsFrom(errors: readonly ValidationError[], schema: JsonSchema): Problem[] {
  const told = new Map<string, Problem>();
  for (const error of errors) {
    if (SUMMARY_KEYWORDS.has(error.keyword)) continue;
    const problem = problemFrom(error, schema);
    told.set(`${problem.pointer} ${problem.message}`, problem);
  }
  return [...told.values()];
}

function problemFrom(error: ValidationError, schema: JsonSchema): Problem {
  const { keyword, instancePath, params } = error;
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
    return {
      pointer: `${instancePath}/${escapePointer(name)}`,
      message: `unknown property "${name}"`,
      ...hint(nearest(name, knownProperties(instancePath, schema))),
    };
  }
  if (keyword === 'required') {
    const name = String(params['missingProperty']);
    return { pointer: `${instancePath}/${escapePointer(name)}`, message: `missing property "${name}"` };
  }
  if (keyword === 'enum') {
    const allowed = params['allowedValues'] as unknown[];
    return {
      pointer: instancePath,
      message: `must be one of ${allowed.map((value) => JSON.stringify(value)).join(', ')}`,
    };
  }
  if (keyword === 'const')
    return { pointer: instancePath, message: `must be ${JSON.stringify(params['allowedValue'])}` };
  return { pointer: instancePath, message: error.message ?? `fails "${keyword}"` };
}

const hint = (name: string | undefined): { hint?: string } =>
  name === undefined ? {} : { hint: `did you mean "${name}"?` };

/** The candidate that a mistyped name most likely means; undefined when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '');
  const exact = candidates.find((candidate) => plain(candidate) === plain(name));
  if (exact !== undefined) return exact;
  const best = closest(name, [...candidates]);
  return distance(name, best) <= Math.max(2, Math.floor(name.length / 3)) ? best : undefined;
}

/** The property names that the schema allows for the object at `instancePath`. */
function knownProperties(instancePath: string, root: JsonSchema): string[] {
  const follow = (node: unknown): unknown => {
    const ref = isObject(node) ? node['$ref'] : undefined;
    if (typeof ref !== 'string') return node;
    return follow(valueAt(root, ref.slice(ref.indexOf('#') + 1)));
  };
  let node = follow(root);
  for (const token of pointerTokens(instancePath)) {
    if (!isObject(node)) return [];
    const property = isObject(node['properties']) ? node['properties'][token] : undefined;
    const element = /^\d+$/.test(token) ? node['items'] : undefined;
    node = follow(property ?? element ?? node['additionalProperties']);
  }
  const properties = isObject(node) ? node['properties'] : undefined;
  return isObject(properties) ? Object.keys(properties) : [];
}

const pointerTokens = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

function valueAt(root: unknown, pointer: string): unknown {
  let node = root;
  for (const token of pointerTokens(pointer))
    node = isObject(node) || Array.isArray(node) ? (node as JsonSchema)[token] : undefined;
  return node;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
