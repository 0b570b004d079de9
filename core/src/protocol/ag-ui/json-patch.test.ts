import { describe, expect, it } from '@jest/globals';
import type { JsonPatch } from '@ag-ui/core';
import { applyPatch } from './json-patch.js';

const CASES: [title: string, document: unknown, patch: JsonPatch, expected: unknown][] = [
  ['adds a field', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['replaces the whole', { a: 1 }, [{ op: 'replace', path: '', value: [1] }], [1]],
  ['adds over the whole', 1, [{ op: 'add', path: '', value: 2 }], 2],
  ['inserts into a list', ['a', 'c'], [{ op: 'add', path: '/1', value: 'b' }], ['a', 'b', 'c']],
  ['appends to a list', ['a'], [{ op: 'add', path: '/-', value: 'b' }], ['a', 'b']],
  ['appends by the place after the last', ['a'], [{ op: 'add', path: '/1', value: 'b' }], ['a', 'b']],
  ['removes from a list', ['a', 'b'], [{ op: 'remove', path: '/0' }], ['b']],
  ['removes a field', { a: { b: 1, c: 2 } }, [{ op: 'remove', path: '/a/b' }], { a: { c: 2 } }],
  ['replaces deep inside', { a: [{ b: 1 }] }, [{ op: 'replace', path: '/a/0/b', value: 2 }], { a: [{ b: 2 }] }],
  ['moves', { a: 1, b: [] }, [{ op: 'move', from: '/a', path: '/b/0' }], { b: [1] }],
  ['moves within a list', ['a', 'b'], [{ op: 'move', from: '/0', path: '/1' }], ['b', 'a']],
  ['copies', { a: [1] }, [{ op: 'copy', from: '/a', path: '/b' }], { a: [1], b: [1] }],
  ['goes on after a test that holds', { a: [1] }, [{ op: 'test', path: '/a', value: [1] }], { a: [1] }],
  [
    'reads escaped names',
    { 'a/b': 1, 'c~d': 2 },
    [
      { op: 'remove', path: '/a~1b' },
      { op: 'remove', path: '/c~0d' },
    ],
    {},
  ],
  ['sets null', { a: 1 }, [{ op: 'replace', path: '/a', value: null }], { a: null }],
];

it.each(CASES)('%s', (_title, document, patch, expected) => {
  const before = structuredClone(document);
  expect(applyPatch(document, patch)).toEqual(expected);
  expect(document).toEqual(before);
});

describe('does not apply', () => {
  it.each<[title: string, document: unknown, patch: unknown]>([
    ['to a field that is not there', {}, [{ op: 'replace', path: '/a', value: 1 }]],
    ['below a field that is not there', {}, [{ op: 'add', path: '/a/b', value: 1 }]],
    ['beyond a list', ['a'], [{ op: 'add', path: '/2', value: 1 }]],
    ['to a place with a leading zero', ['a', 'b'], [{ op: 'remove', path: '/01' }]],
    ['through a text', 'text', [{ op: 'add', path: '/0', value: 1 }]],
    ['with a test that fails', { a: 1 }, [{ op: 'test', path: '/a', value: 2 }]],
    ['from a place that is not there', {}, [{ op: 'copy', from: '/a', path: '/b' }]],
    ['with a path that is none', {}, [{ op: 'add', path: 'a', value: 1 }]],
    ['with an operation that is none', {}, [{ op: 'grow', path: '/a' }]],
    ['to what every object inherits', {}, [{ op: 'test', path: '/constructor', value: 1 }]],
  ])('%s', (_title, document, patch) => {
    expect(() => applyPatch(document, patch as JsonPatch)).toThrow(RangeError);
  });
});

it('takes __proto__ for a name like any other', () => {
  const patched = applyPatch({}, [{ op: 'add', path: '/__proto__', value: { evil: true } }]) as { evil?: boolean };
  expect(patched.evil).toBeUndefined();
  expect(JSON.stringify(patched)).toBe('{"__proto__":{"evil":true}}');
});
