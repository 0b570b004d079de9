import { describe, expect, it } from '@jest/globals';
import { freeze, frozenCopy } from './task-state.js';

describe('a frozen copy', () => {
  it('shares a member that nobody can change any more', () => {
    const input = freeze({ inline: { instruction: 'say hello' } });
    expect(frozenCopy({ input }).input).toBe(input);
  });

  it.each([
    ['that is not frozen', { inline: { instruction: 'say hello' } }],
    ['that is frozen at its surface alone', Object.freeze({ inline: { instruction: 'say hello' } })],
    ['whose array can grow', Object.freeze({ inline: Object.freeze({ instruction: [] as unknown[] }) })],
  ])('copies a member %s, and freezes it throughout', (_what, input) => {
    const copy = frozenCopy({ input });
    expect(copy).toEqual({ input });
    expect(copy.input).not.toBe(input);
    expect(copy.input).toBe(frozenCopy(copy).input);
  });

  it('leaves out what is undefined, at every depth, and is frozen itself', () => {
    const copy = frozenCopy({ a: undefined, b: { c: undefined, d: 1 } });
    expect(Object.keys(copy)).toEqual(['b']);
    expect(Object.keys(copy.b)).toEqual(['d']);
    expect(Object.isFrozen(copy)).toBe(true);
  });
});
