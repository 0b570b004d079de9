import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { TokenCheck } from './token.js';

const request = (headers: IncomingMessage['headers']): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { headers });

it.each<[string, IncomingMessage['headers'], boolean]>([
  ['the token', { authorization: 'Bearer s3cret' }, true],
  ['the token, in other letters of the scheme', { authorization: 'bearer s3cret' }, true],
  ['none', {}, false],
  ['an empty one', { authorization: 'Bearer ' }, false],
  ['the beginning of it', { authorization: 'Bearer s3cre' }, false],
  ['more than it', { authorization: 'Bearer s3crets' }, false],
  ['another scheme', { authorization: 'Basic s3cret' }, false],
])('with a token, a caller that sends %s passes or not', (_what, headers, passes) => {
  expect(new TokenCheck('s3cret').passes(request(headers))).toBe(passes);
});

it('without a token, anyone passes but a web page', () => {
  const check = new TokenCheck(undefined);
  expect(check.passes(request({}))).toBe(true);
  expect(check.passes(request({ origin: 'https://example.org' }))).toBe(false);
});
