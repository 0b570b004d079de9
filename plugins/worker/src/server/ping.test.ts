import { expect, it } from '@jest/globals';
import { Ping } from './ping.js';

it('tells the time of the last change, not that of the answer', () => {
  let now = 1_000_500;
  const ping = new Ping(() => now);
  expect(ping.answer()).toEqual({ status: 'Healthy', time_of_last_update: 1_000 });
  now += 60_000;
  expect(ping.answer().time_of_last_update).toBe(1_000);
  ping.update(true);
  now += 60_000;
  ping.update(true);
  expect(ping.answer()).toEqual({ status: 'HealthyBusy', time_of_last_update: 1_060 });
  ping.update(false);
  now += 60_000;
  expect(ping.answer()).toEqual({ status: 'Healthy', time_of_last_update: 1_120 });
});
