// How often a run is asked after.
import { expect, it } from '@jest/globals';
import { Pauses } from './pauses.js';

it('a turn that does not come is followed by a pause', async () => {
  const slept: number[] = [];
  const clock = { now: () => 5_000, sleep: async (ms: number) => void slept.push(ms) };
  const pace = (): Promise<void> => Promise.reject(new Error('not yet'));
  const pauses = new Pauses({ clock, pace, signal: new AbortController().signal });
  for (let tries = 0; tries < 3; tries += 1) {
    await expect(pauses.turn()).rejects.toThrow('not yet');
    pauses.nothing();
  }
  expect(slept).toEqual([1_000, 2_000]);
});
