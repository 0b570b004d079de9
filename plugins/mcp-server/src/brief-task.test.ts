// What is cut stays text: whole characters, and no more than there is room for.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { beginningOf, cut, sizeOf } from './brief-task.js';

const text = fc.string({ unit: fc.constantFrom('a', '\n', '\u001b', 'é', '任', '😀'), maxLength: 400 });
const room = fc.integer({ min: 5, max: 600 });

describe('a text that is cut', () => {
  it('has at most the bytes that it may have, wherever its long characters stand', () => {
    fc.assert(
      fc.property(text, room, (whole, most) => {
        const shown = cut(whole, most);
        expect(sizeOf(shown)).toBeLessThanOrEqual(most);
        expect(shown === whole).toBe(sizeOf(whole) <= most);
      }),
    );
  });

  it('is as much of the beginning as fits, and never half a character', () => {
    fc.assert(
      fc.property(text, room, (whole, most) => {
        const shown = beginningOf(whole, most);
        expect(whole.startsWith(shown)).toBe(true);
        expect(shown).not.toMatch(/\p{Surrogate}/u);
        const next = whole.codePointAt(shown.length);
        if (next !== undefined) expect(sizeOf(shown + String.fromCodePoint(next))).toBeGreaterThan(most);
      }),
    );
  });
});
