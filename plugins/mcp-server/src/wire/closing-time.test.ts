import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { withinClosingTime } from './closing-time.js';

describe('withinClosingTime', () => {
  afterEach(() => void jest.useRealTimers());

  it('waits for the work, and passes its failure on', async () => {
    await expect(withinClosingTime(Promise.resolve())).resolves.toBeUndefined();
    await expect(withinClosingTime(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('gives up work that never ends before a client kills the process', async () => {
    jest.useFakeTimers();
    const closed = withinClosingTime(new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(1_999);
    await expect(closed).resolves.toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });
});
