import { describe, expect, it } from '@jest/globals';
import { createRedactor } from './redaction.js';

const GITHUB_TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const KNOWN = 'plain words, yet secret';

describe('createRedactor', () => {
  it('replaces known values and known shapes and leaves the rest as it is', () => {
    const redactor = createRedactor({ values: [KNOWN] });
    expect(redactor.text(`say ${KNOWN}, push with ${GITHUB_TOKEN}.`)).toBe(
      'say [redacted:known-value], push with [redacted:github-token].',
    );
    expect(redactor.text('nothing to hide: 42 tokens')).toBe('nothing to hide: 42 tokens');
  });

  it('keeps the name of an assignment and hides its value', () => {
    const redactor = createRedactor();
    expect(redactor.text('DB_PASSWORD=trustno1 make deploy')).toBe('DB_PASSWORD=[redacted:assignment] make deploy');
    expect(redactor.text('https://ada:trustno1@example.com/x')).toBe(
      'https://ada:[redacted:url-userinfo]@example.com/x',
    );
  });

  it('ignores known values shorter than six characters', () => {
    expect(createRedactor({ values: ['abc', '', 'short'] }).text('abc short')).toBe('abc short');
  });

  it.each([
    { form: 'JSON', shown: JSON.stringify({ x: 'with "quotes" inside' }) },
    { form: 'a URL', shown: encodeURIComponent('with "quotes" inside') },
    { form: 'base64', shown: Buffer.from('with "quotes" inside').toString('base64') },
  ])('recognises a known value as $form writes it', ({ shown }) => {
    const redacted = createRedactor({ values: ['with "quotes" inside'] }).text(shown);
    expect(redacted).toContain('[redacted:known-value]');
    expect(redacted).not.toContain(shown);
  });

  it('recognises a line of a known value of several lines', () => {
    const redactor = createRedactor({ values: ['first line, quite long\nsecond line, quite long'] });
    expect(redactor.text('2: second line, quite long')).toBe('2: [redacted:known-value]');
  });

  it('hides overlapping known values whole', () => {
    expect(createRedactor({ values: ['abcdefgh', 'efghijkl', 'abcdefghijkl-long'] }).text('<abcdefghijkl>')).toBe(
      '<[redacted:known-value]>',
    );
  });

  it('redacts members of a JSON value by name and by content and copies the rest', () => {
    const value = {
      user: 'ada',
      password: 'trustno1',
      list: [`x ${GITHUB_TOKEN}`, 5, null],
      nested: { apiKey: { source: 'environment', name: 'K' } },
    };
    expect(createRedactor().json(value)).toEqual({
      user: 'ada',
      password: '[redacted:key-name]',
      list: ['x [redacted:github-token]', 5, null],
      nested: { apiKey: { source: 'environment', name: 'K' } },
    });
    expect(value.password).toBe('trustno1');
  });

  it('redacts the name of a member', () => {
    expect(createRedactor().json({ [GITHUB_TOKEN]: 1 })).toEqual({ '[redacted:github-token]': 1 });
  });

  it('copies a member called __proto__ as a plain member', () => {
    const copy = createRedactor().json(JSON.parse('{"__proto__":{"polluted":"yes"}}'));
    expect(Object.keys(copy as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('replaces what is nested too deep to show', () => {
    let value: unknown = GITHUB_TOKEN;
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    const shown = JSON.stringify(createRedactor().json(value));
    expect(shown).toContain('[redacted:too-deep]');
    expect(shown).not.toContain(GITHUB_TOKEN);
  });
});
