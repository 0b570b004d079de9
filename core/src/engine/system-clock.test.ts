import { expect, it } from '@jest/globals';
import { systemClock } from './system-clock.js';

const HOUR = 3_600_000;

it('a sleep ends by itself', async () => {
  await expect(systemClock.sleep(1)).resolves.toBeUndefined();
});

it('an aborted sleep rejects with the reason of its signal', async () => {
  const controller = new AbortController();
  const reason = new Error('not any more');
  const sleeping = systemClock.sleep(HOUR, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

it('a sleep whose signal has aborted does not begin', async () => {
  const reason = new Error('not any more');
  await expect(systemClock.sleep(HOUR, AbortSignal.abort(reason))).rejects.toBe(reason);
});
