import { describe, expect, it } from '@jest/globals';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { Pacer } from './pacer.js';

describe('Pacer', () => {
  it('gives so many turns a second, in the order of asking, to each key on its own', async () => {
    const clock = new SimulatedClock();
    const began = clock.now();
    const pacer = new Pacer(clock);
    const { signal } = new AbortController();
    const turns: [string, number][] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      void pacer.turn('one', 2, signal).then(() => turns.push([name, clock.now() - began]));
    }
    void pacer.turn('other', 2, signal).then(() => turns.push(['other', clock.now() - began]));
    await clock.advance(5000);
    expect(turns.sort(([, a], [, b]) => a - b)).toEqual([
      ['a', 0],
      ['other', 0],
      ['b', 500],
      ['c', 1000],
      ['d', 1500],
    ]);
  });

  it('keeps nobody waiting who asks rarely', async () => {
    const clock = new SimulatedClock();
    const pacer = new Pacer(clock);
    const { signal } = new AbortController();
    await pacer.turn('k', 1, signal);
    await clock.advance(1000);
    await pacer.turn('k', 1, signal);
  });

  it('rejects when the caller gives up', async () => {
    const pacer = new Pacer(new SimulatedClock());
    const controller = new AbortController();
    await pacer.turn('k', 1, controller.signal);
    const turn = pacer.turn('k', 1, controller.signal);
    controller.abort(new Error('enough'));
    await expect(turn).rejects.toThrow('enough');
  });
});
