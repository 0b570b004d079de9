import { describe, expect, it } from '@jest/globals';
import { SlotIndex } from './slot-index.js';

describe('SlotIndex', () => {
  it('sums what tasks hold of a key', () => {
    const index = new SlotIndex();
    index.add('a', [{ key: 'k', amount: 2 }]);
    index.add('b', [
      { key: 'k', amount: 3 },
      { key: 'other', amount: 1 },
    ]);
    expect(index.taken('k', 0)).toEqual({ sum: 5 });
    index.remove('a', [{ key: 'k', amount: 2 }]);
    expect(index.taken('k', 0)).toEqual({ sum: 3 });
  });

  it('counts a reservation with an end until then, and tells when the next one ends', () => {
    const index = new SlotIndex();
    index.add('a', [{ key: 'k', amount: 1, until: 20 }]);
    index.add('b', [{ key: 'k', amount: 1, until: 10 }]);
    index.add('c', [{ key: 'k', amount: 1 }]);
    expect(index.taken('k', 9)).toEqual({ sum: 3, endsAt: 10 });
    expect(index.taken('k', 10)).toEqual({ sum: 2, endsAt: 20 });
    expect(index.taken('k', 20)).toEqual({ sum: 1 });
    index.remove('b', [{ key: 'k', amount: 1, until: 10 }]);
    expect(index.taken('k', 20)).toEqual({ sum: 1 });
  });

  it('replaces what a task held', () => {
    const index = new SlotIndex();
    index.add('a', [{ key: 'k', amount: 9 }]);
    index.add('a', [{ key: 'k', amount: 1, until: 5 }]);
    expect(index.taken('k', 0)).toEqual({ sum: 1, endsAt: 5 });
  });
});
