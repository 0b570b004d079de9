import { expect, it } from '@jest/globals';
import { filledIn } from './forms.js';

const form = (properties: Record<string, object>, required: string[] = []): Record<string, unknown> => ({
  type: 'object',
  properties,
  required,
});
const TWO = form({ a: { type: 'string' }, b: { type: 'number' } }, ['a', 'b']);
const ONE_OF = form({ a: { type: 'string', enum: ['red', 'blue'] } }, ['a']);
const TEXTS = form({ a: { type: 'array', items: { type: 'string' } } });

it.each([
  ['text', form({ a: { type: 'string' } }, ['a']), '42', { a: '42' }],
  ['text that looks like JSON', form({ a: { type: 'string' } }), '{"x":1}', { a: '{"x":1}' }],
  ['a number', form({ a: { type: 'number' } }), '4.5', { a: 4.5 }],
  ['a whole number', form({ a: { type: 'integer' } }), '4', { a: 4 }],
  ['yes or no', form({ a: { type: 'boolean' } }), 'true', { a: true }],
  ['a choice', ONE_OF, 'blue', { a: 'blue' }],
  ['a list', TEXTS, '["x"]', { a: ['x'] }],
  ['a whole form', TWO, '{"a":"x","b":1}', { a: 'x', b: 1 }],
  ['a form without fields', form({}), 'yes', {}],
])('%s is an answer', (_title, schema, text, content) => {
  expect(filledIn(schema, text)).toEqual(content);
});

it.each([
  ['a fraction for a whole number', form({ a: { type: 'integer' } }), '4.5', 'a must be of the type integer'],
  ['words for yes or no', form({ a: { type: 'boolean' } }), 'perhaps', 'a must be of the type boolean'],
  ['what is no choice', ONE_OF, 'green', 'a must be one of red, blue'],
  ['a list of other things', TEXTS, '[1]', 'a must be of the type array'],
  ['text for a form of several fields', TWO, 'x', 'a JSON object with a, b'],
  ['a form that lacks what it must have', TWO, '{"a":"x"}', 'lacks b'],
  ['a form with a field of another type', TWO, '{"a":"x","b":"y"}', 'b must be of the type number'],
  ['a form with a field that is not in it', TWO, '{"a":"x","b":1,"c":2}', 'a JSON object with a, b'],
])('%s is no answer, and it is said why', (_title, schema, text, told) => {
  const error = expect.objectContaining({ code: 'AD_INPUT_INVALID', message: expect.stringContaining(told) });
  expect(() => filledIn(schema, text)).toThrow(error);
});
