import { expect, it } from '@jest/globals';
import type { Clock } from '@agent-dispatch/core/provider';
import { ManualClock } from '@agent-dispatch/test/fakes/agentcore/index.js';
import { Turns } from './turns.js';

const time = new ManualClock();
const clock: Clock = {
  now: () => time.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      time.schedule(ms, resolve);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
};
const signal = new AbortController().signal;

it('lets a thousand callers at once through at the rate that is allowed, each kind of call in a line of its own', async () => {
  const turns = new Turns(5);
  const taken: Record<string, number[]> = { list: [], create: [] };
  const all = Object.entries(taken).flatMap(([action, times]) =>
    Array.from({ length: 1000 }, async () => {
      await turns.take(action, clock, signal);
      times.push(time.now());
    }),
  );
  while (time.scheduled > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    time.advance(100);
  }
  await Promise.all(all);
  for (const times of Object.values(taken)) {
    const [first = 0] = times;
    expect(times.length).toBe(1000);
    // In no second more than five, and the line is no longer than that makes it.
    expect(times.filter((at, index) => index >= 5 && at - (times[index - 5] ?? 0) < 1000)).toEqual([]);
    expect((times.at(-1) ?? 0) - first).toBe(999 * 200);
  }
});

it('ends the wait of whoever is called off', async () => {
  const turns = new Turns(1);
  await turns.take('list', clock, signal);
  const abort = new AbortController();
  const waiting = turns.take('list', clock, abort.signal);
  abort.abort(new Error('called off'));
  await expect(waiting).rejects.toThrow('called off');
});
