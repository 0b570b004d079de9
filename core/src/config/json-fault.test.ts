import { describe, expect, it } from '@jest/globals';
import { faultOffset } from './json-fault.js';

describe('faultOffset', () => {
  const cases: [title: string, text: string, fault: string][] = [
    ['a trailing comma in an object', '{"a": 1, |}', '}'],
    ['a trailing comma in a list', '[1, |]', ']'],
    ['a comment', '{ |// why\n"a": 1}', '/'],
    ['an unquoted key', '{|a: 1}', 'a'],
    ['single quotes', `{"a": |'b'}`, "'"],
    ['a missing colon', '{"a" |1}', '1'],
    ['a missing comma', '{"a": 1 |"b": 2}', '"'],
    ['a list where a key belongs', '{ |[1] }', '['],
    ['something after the end', '{"a": [1, {"b": "\\u00e9\\n"}]} |x', 'x'],
    ['a line end inside a string', '{"a": |"b\n"}', '"'],
    ['a number with a leading zero', '[0|1]', '1'],
  ];
  it.each(cases)('points at %s', (_title, marked, fault) => {
    const text = marked.replace('|', '');
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect([faultOffset(text), text[faultOffset(text)]]).toEqual([marked.indexOf('|'), fault]);
  });

  it('points at the end of a text that breaks off', () => {
    expect(faultOffset('{"a": [1,')).toBe(9);
  });
});
