import { describe, expect, it } from '@jest/globals';
import { settle, SimulatedClock } from '../testing/simulated-clock.js';
import { after, atMost } from './timer.js';

describe('after', () => {
  it('calls once the time has passed, not before', async () => {
    const clock = new SimulatedClock();
    const calls: number[] = [];
    after(clock, 100, () => calls.push(clock.now()));
    await clock.advance(99);
    expect(calls).toEqual([]);
    await clock.advance(1);
    expect(calls).toEqual([clock.now()]);
  });

  it('called off, it never calls', async () => {
    const clock = new SimulatedClock();
    const calls: number[] = [];
    const callOff = after(clock, 100, () => calls.push(clock.now()));
    callOff();
    callOff();
    await clock.advance(1_000);
    expect(calls).toEqual([]);
  });
});

describe('atMost', () => {
  it.each([
    { what: 'the work when that is first', workMs: 10, limitMs: 100, at: 10 },
    { what: 'the time when the work takes longer', workMs: 100, limitMs: 10, at: 10 },
  ])('waits for $what', async ({ workMs, limitMs, at }) => {
    const clock = new SimulatedClock();
    const start = clock.now();
    let resolvedAt: number | undefined;
    void atMost(clock, limitMs, clock.sleep(workMs)).then(() => (resolvedAt = clock.now() - start));
    await clock.advance(at - 1);
    expect(resolvedAt).toBeUndefined();
    await clock.advance(1);
    await settle();
    expect(resolvedAt).toBe(at);
  });
});
