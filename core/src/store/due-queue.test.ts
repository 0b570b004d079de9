import { describe, expect, it } from '@jest/globals';
import { DueQueue } from './due-queue.js';

describe('DueQueue', () => {
  it('gives what is due first, whatever was set, moved and removed in between', () => {
    const queue = new DueQueue();
    const expected = new Map<string, number>();
    // A fixed sequence without pattern, so that every run is the same.
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 5000; step++) {
      const taskId = `t${random(60)}`;
      const due = random(4) === 0 ? undefined : random(100);
      queue.set(taskId, due);
      if (due === undefined) expected.delete(taskId);
      else expected.set(taskId, due);
      const first = [...expected].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))[0];
      expect(queue.peek()).toEqual(first && { taskId: first[0], dueAt: first[1] });
    }
  });
});
