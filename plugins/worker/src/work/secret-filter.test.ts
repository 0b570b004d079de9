import { describe, expect, it } from '@jest/globals';
import { OutputText, SecretFilter } from './secret-filter.js';

const secrets = {
  KEY: 'abc-secret',
  LONG: 'abc-secret-longer',
  TAIL: 'secret-tail',
  PEM: 'first line\nsecond line',
  PIN: '1234',
};

function shown(pieces: readonly string[]): string {
  const text = new OutputText(new SecretFilter(secrets));
  return pieces.map((piece) => text.add(Buffer.from(piece))).join('') + text.end();
}

describe('the output of an agent', () => {
  it.each<[string, string, string]>([
    ['a secret', 'it is abc-secret.', 'it is [secret KEY].'],
    ['the longer of two that begin alike', 'abc-secret-longer', '[secret LONG]'],
    ['one that another might begin in', 'abc-secret-', '[secret KEY]-'],
    ['one of several lines', 'a first line\nsecond line b', 'a [secret PEM] b'],
    ['one inside of JSON', '{"a":"first line\\nsecond line"}', '{"a":"[secret PEM]"}'],
  ])('is shown without %s, however it is torn', (_what, printed, expected) => {
    expect(shown([printed])).toBe(expected);
    for (let at = 1; at < printed.length; at += 1) {
      expect(shown([printed.slice(0, at), printed.slice(at)])).toBe(expected);
    }
    expect(shown(Array.from(printed))).toBe(expected);
  });

  it('is whole where it only resembles a secret, and where a value is too short to be told from words', () => {
    expect(shown(['abc-sec', 'ond abc-secr', 'et'])).toBe('abc-second [secret KEY]');
    expect(shown(['ends with abc-'])).toBe('ends with abc-');
    expect(shown(['call 1234'])).toBe('call 1234');
  });

  it('is not held back where there are no secrets, but for torn characters', () => {
    const text = new OutputText(new SecretFilter());
    const euro = Buffer.from('€');
    expect([text.add(euro.subarray(0, 2)), text.add(euro.subarray(2)), text.end()]).toEqual(['', '€', '']);
  });
});
