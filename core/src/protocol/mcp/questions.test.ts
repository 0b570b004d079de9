import { expect, it } from '@jest/globals';
import { contentOf } from './questions.js';

const form = (properties: Record<string, object>, required: string[] = []): Record<string, unknown> => ({
  type: 'object',
  properties,
  required,
});
const TWO = form({ a: { type: 'string' }, b: { type: 'number' } }, ['a', 'b']);

it.each([
  ['text', form({ a: { type: 'string' } }, ['a']), '42', { a: '42' }],
  ['a number', form({ a: { type: 'number' } }), '4.5', { a: 4.5 }],
  ['a whole number', form({ a: { type: 'integer' } }), '4', { a: 4 }],
  ['yes or no', form({ a: { type: 'boolean' } }), 'true', { a: true }],
  ['a whole form', TWO, '{"a":"x","b":1}', { a: 'x', b: 1 }],
  ['a form without fields', form({}), 'yes', {}],
])('%s is an answer', (_title, schema, text, content) => {
  expect(contentOf(schema, text)).toEqual(content);
});

it.each([
  ['a fraction for a whole number', form({ a: { type: 'integer' } }), '4.5'],
  ['words for yes or no', form({ a: { type: 'boolean' } }), 'perhaps'],
  ['text for a form of several fields', TWO, 'x'],
  ['a form that lacks what it must have', TWO, '{"a":"x"}'],
])('%s is no answer', (_title, schema, text) => {
  expect(() => contentOf(schema, text)).toThrow(expect.objectContaining({ code: 'AD_INPUT_INVALID' }));
});
