// Time for drivers under test: it passes as real time does, only faster, so that their pauses do not hold the tests up.
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../provider/index.js';

const TIMES_FASTER = 20;

export function fastClock(): Clock {
  const began = Date.now();
  return {
    now: () => began + (Date.now() - began) * TIMES_FASTER,
    sleep: (ms, signal) => delay(ms / TIMES_FASTER, undefined, { signal }),
  };
}
