// The store on a disk that loses what was not synced, at any moment of random work, life after life.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { StoreWitness } from '../testing/store-witness.js';
import { LocalStore } from './local-store.js';
import { PowerLossFiles, type Loss, type Skipped } from './testdata/power-loss-files.js';
import { STEPS, Workload, type Round } from './testdata/workload.js';

const RUNS = process.env['AGENTDISPATCH_PROOF'] === 'long' ? 20_000 : 120;
/** For a broken disk: it must be found out within so many. */
const MUTANT_RUNS = 2000;

interface Life {
  /** Changes of the disk until the power goes: while opening, and after it. */
  opening: number;
  working: number;
  loss: 'all' | 'none' | number;
  rounds: readonly Round[];
  /** Whether a store that comes to the end of its rounds is closed. */
  closes: boolean;
}

const step = fc.record({
  kind: fc.constantFrom(...STEPS),
  pick: fc.nat({ max: 11 }),
  size: fc.integer({ min: 1, max: 40 }),
});
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
  purge: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, fc.constant(true)),
});
const life: fc.Arbitrary<Life> = fc.record({
  opening: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat({ max: 40 })),
  working: fc.nat({ max: 300 }),
  loss: fc.oneof(fc.constant('all' as const), fc.constant('none' as const), fc.nat()),
  rounds: fc.array(round, { minLength: 1, maxLength: 8 }),
  closes: fc.boolean(),
});
const lives = (skipped?: Skipped) =>
  fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), (all) => liveAll(all, skipped));

/** Fails when anything acknowledged is gone or by half, or a life cannot begin. */
async function liveAll(all: readonly Life[], skipped?: Skipped): Promise<void> {
  const files = new PowerLossFiles(skipped);
  let now = 1_800_000_000_000;
  const newStore = (): LocalStore =>
    new LocalStore({
      stateDir: '/state',
      clock: { now: () => (now += 5) },
      files,
      liveness: () => 'dead',
      segmentBytes: 3000,
      checkpointBytes: 6000,
    });
  let witness: StoreWitness | undefined;
  let work: Workload | undefined;
  const begin = async (store: LocalStore): Promise<Workload> => {
    await witness?.check(store);
    witness ??= new StoreWitness(store);
    witness.store = store;
    work ??= new Workload(witness, () => now);
    await work.begin();
    return work;
  };

  for (const { opening, working, loss, rounds, closes } of all) {
    files.cutAfter(opening);
    const early = newStore();
    if (await untilCut(files, () => early.open())) files.restart(lossOf(loss));
    const store = early.session.state === 'held' ? early : newStore();
    files.cutAfter(Number.POSITIVE_INFINITY);
    if (store !== early) await store.open();
    const current = await begin(store);
    files.cutAfter(working);
    await untilCut(files, async () => {
      for (const each of rounds) await current.round(each);
      if (closes) await store.close();
    });
    files.restart(lossOf(loss));
  }
  await begin(await opened(newStore()));
}

async function opened(store: LocalStore): Promise<LocalStore> {
  await store.open();
  return store;
}

/** Whether the power went meanwhile: then, and only then, failures are to be expected, and only of one kind. */
async function untilCut(files: PowerLossFiles, live: () => Promise<unknown>): Promise<boolean> {
  try {
    await live();
  } catch (error) {
    if (files.powered || (error as { code?: unknown }).code !== 'AD_STORE_UNAVAILABLE') throw error;
  }
  return !files.powered;
}

/** Random numbers from a seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function lossOf(loss: Life['loss']): Loss {
  if (typeof loss !== 'number') return loss;
  let state = loss >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

describe('a power loss at any moment', () => {
  it(`loses nothing acknowledged, and the store opens again, in ${RUNS} random histories`, async () => {
    await fc.assert(lives(), { numRuns: RUNS });
  }, 3_600_000);

  it.each<[string, Skipped]>([
    ['datasync at all', (operation) => operation === 'datasync'],
    ['syncDirectory at all', (operation) => operation === 'syncDirectory'],
    ['datasync of the journal', (operation, path) => operation === 'datasync' && path.includes('/journal/')],
    ['syncDirectory of the journal', (operation, path) => operation === 'syncDirectory' && path.endsWith('/journal')],
    ['datasync of checkpoints', (operation, path) => operation === 'datasync' && path.includes('/checkpoint/')],
    [
      'syncDirectory of checkpoints',
      (operation, path) => operation === 'syncDirectory' && path.endsWith('/checkpoint'),
    ],
    ['datasync of documents', (operation, path) => operation === 'datasync' && path.includes('/task.json')],
    [
      'syncDirectory of task directories',
      (operation, path) => operation === 'syncDirectory' && /\/task_\w+$/.test(path),
    ],
    ['datasync of events', (operation, path) => operation === 'datasync' && path.endsWith('/events.jsonl')],
    ['datasync of values', (operation, path) => operation === 'datasync' && path.includes('/blobs/')],
    ['syncDirectory of values', (operation, path) => operation === 'syncDirectory' && path.endsWith('/blobs')],
    ['syncDirectory of the state directory', (operation, path) => operation === 'syncDirectory' && path === '/state'],
  ])(
    'is noticed on a disk without %s',
    async (_name, skipped) => {
      const { failed, errorInstance } = await fc.check(lives(skipped), { numRuns: MUTANT_RUNS, endOnFailure: true });
      expect(failed).toBe(true);
      // By what the witness finds, or by the store itself; not by a fault of this test.
      expect(errorInstance).toMatchObject({ code: expect.stringMatching(/^(ERR_ASSERTION|AD_STORE_\w+)$/) });
    },
    600_000,
  );
});
