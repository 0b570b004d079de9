// The whole engine over the real store, in worlds where everything may happen at any moment: hosts crash, stop and lose
// their disk between any two steps, answers of the cloud fail, get lost or never come, time stands or jumps.
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { DiskGround } from './testdata/world/ground.js';
import { PROMISES, type PromiseName } from './testdata/world/rules.js';
import { script, type Wishes } from './testdata/world/script.js';
import { play } from './testdata/world/world.js';

/** Worlds for each promise. */
const RUNS = Number(process.env['AGENTDISPATCH_PROPERTY_RUNS'] ?? (process.env['AGENTDISPATCH_PROOF'] ? 2000 : 30));

const keeps = async (promise: PromiseName, wishes?: Wishes): Promise<void> => {
  const property = fc.asyncProperty(script(wishes), async (given) => {
    const { broken, story } = await play(given);
    const what = broken.filter((one) => one.promise === promise);
    if (what.length > 0) throw new Error([...what.map((one) => one.what), ...story].join('\n'));
  });
  await fc.assert(property, { numRuns: RUNS });
};

/** Worlds in which a promise is under more strain than in any. */
const WISHES: Partial<Record<PromiseName, Wishes>> = {
  limit: { maxTasks: 5, task: { slots: ['one', 'two'] } },
  order: { maxTasks: 5 },
  lost: { task: { resume: true } },
  log: { maxTasks: 1, task: { resume: true, provisionSeconds: 120 } },
};

describe('in any world', () => {
  for (const promise of Object.keys(PROMISES) as PromiseName[]) {
    it(PROMISES[promise], () => keeps(promise, WISHES[promise]), 3_600_000);
  }
});

/** Numbers from 0 to 1, the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

describe('on a disk that loses at each crash what was not synced', () => {
  it('every promise is kept, but that output is kept: it is not synced', async () => {
    const property = fc.asyncProperty(script({ maxTasks: 2 }), fc.nat(), async (given, seed) => {
      const { broken, story } = await play(given, (timeline) => new DiskGround(timeline, chances(seed)));
      const what = broken.filter(({ promise }) => promise !== 'log');
      if (what.length > 0) throw new Error([...what.map((one) => one.what), ...story].join('\n'));
    });
    await fc.assert(property, { numRuns: Math.ceil(RUNS / 3) });
  }, 3_600_000);
});
