// JSON Patch (RFC 6902) on a document that is never changed: a patch gives the next one, or throws and has had no effect.
// Patches come from an agent: what they copy is shared, so that no patch takes more memory than it has bytes.
import { isDeepStrictEqual } from 'node:util';
import type { JsonPatch, JsonPatchOperation } from '@ag-ui/core';
import { isRecord } from '../../config/record.js';

/** Errors: RangeError when it does not apply. */
export const applyPatch = (document: unknown, patch: JsonPatch): unknown => patch.reduce(applyOperation, document);

function applyOperation(document: unknown, operation: JsonPatchOperation): unknown {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case 'add':
      return insert(document, path, operation.value);
    case 'remove':
      return remove(document, path);
    case 'replace':
      get(document, path);
      return path.length === 0
        ? operation.value
        : edit(document, path, (place, key) => put(place, key, operation.value));
    case 'move':
      return insert(remove(document, parsePointer(operation.from)), path, get(document, parsePointer(operation.from)));
    case 'copy':
      return insert(document, path, get(document, parsePointer(operation.from)));
    case 'test':
      if (!isDeepStrictEqual(get(document, path), operation.value)) throw new RangeError('a test failed');
      return document;
    default:
      throw new RangeError('there is no such operation');
  }
}

type Place = unknown[] | Record<string, unknown>;

function parsePointer(pointer: string | undefined): string[] {
  if (pointer === '') return [];
  if (!pointer?.startsWith('/')) throw new RangeError('a path does not begin with a slash');
  const tokens = pointer.slice(1).split('/');
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function get(document: unknown, path: readonly string[]): unknown {
  return path.reduce((node, key) => {
    if (Array.isArray(node)) return node[indexIn(key, node.length)] as unknown;
    if (!isRecord(node) || !Object.hasOwn(node, key)) throw new RangeError('a path leads nowhere');
    return node[key];
  }, document);
}

function insert(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return edit(document, path, (place, key) => {
    if (!Array.isArray(place)) return put(place, key, value);
    return place.toSpliced(key === '-' ? place.length : indexIn(key, place.length + 1), 0, value);
  });
}

function remove(document: unknown, path: readonly string[]): unknown {
  get(document, path);
  if (path.length === 0) return null;
  return edit(document, path, (place, key) => {
    if (Array.isArray(place)) return place.toSpliced(indexIn(key, place.length), 1);
    return Object.fromEntries(Object.entries(place).filter(([name]) => name !== key));
  });
}

/** The document with a change to the place that holds the end of the path; what is not on the way is shared. */
function edit(
  document: unknown,
  [key = '', ...rest]: readonly string[],
  change: (place: Place, key: string) => Place,
): Place {
  if (!Array.isArray(document) && !isRecord(document)) throw new RangeError('a path leads through a value');
  return rest.length === 0 ? change(document, key) : put(document, key, edit(get(document, [key]), rest, change));
}

function put(place: Place, key: string, value: unknown): Place {
  if (Array.isArray(place)) return place.with(indexIn(key, place.length), value);
  // A computed name makes a field even of `__proto__`.
  return { ...place, [key]: value };
}

function indexIn(key: string, length: number): number {
  const index = /^(0|[1-9]\d{0,9})$/.test(key) ? Number(key) : length;
  if (index >= length) throw new RangeError('a list has no such place');
  return index;
}
