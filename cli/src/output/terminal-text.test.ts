import { describe, expect, it } from '@jest/globals';
import { escapeControls, jsonText, oneLine, textFor } from './terminal-text.js';

describe('foreign text on a terminal', () => {
  it.each([
    ['an escape sequence', '\u001b[2Jgone', '^[[2Jgone'],
    ['a carriage return that would overwrite the line', 'safe\rrm -rf', 'safe^Mrm -rf'],
    ['an eight-bit control', '\u009b31m', '\\u009b31m'],
    ['a delete', 'a\u007f', 'a^?'],
    ['a mark that reverses the direction', 'exe\u202etxt', 'exe\\u202etxt'],
  ])('shows %s as visible text', (_what, text, shown) => {
    expect(escapeControls(text)).toBe(shown);
  });

  it('keeps line ends, tabs and every letter', () => {
    expect(escapeControls('a\tb\r\nc ü 中 🙂\n')).toBe('a\tb\nc ü 中 🙂\n');
  });

  it('becomes one line where a line is wanted', () => {
    expect(oneLine(' a\n\u2028 b\u0007 ')).toBe('a b^G');
  });

  it('reaches files and pipes unchanged', () => {
    expect(textFor({ isTTY: false }, '\u001b[31m')).toBe('\u001b[31m');
    expect(textFor({ isTTY: true }, '\u001b[31m')).toBe('^[[31m');
  });

  it('stays the same value in JSON', () => {
    const value = { text: 'a\u009b\u202e\u007f\u001b' };
    expect(jsonText(value)).toContain('\\u202e');
    expect(jsonText(value)).not.toMatch(/[\u202e\u009b]/u);
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });
});
