// Dispatchers are killed at named points, and every task must come out as it has to: README.md says how to read this.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pointsOf, type DriverName, type Point } from './points.js';
import { makeAwsWorkerWorld, makeAwsWorld } from './support/aws-world.js';
import { Campaign } from './support/campaign.js';
import { Coverage } from './support/coverage.js';
import { makeFaultyWorld } from './support/faulty-world.js';
import { makeLocalWorkerWorld, makeLocalWorld } from './support/local-world.js';
import { buildProgram, removeProgram } from './support/watched-dispatcher.js';
import type { World } from './support/world.js';

const isLong = process.env['AGENTDISPATCH_PROOF'] === 'long';
const SEED = Number(process.env['AGENTDISPATCH_CRASH_SEED'] ?? Date.now() % 100_000);
/** Points of each further driver in the short form. */
const SAMPLE = 5;
/** At work at the same time. */
const CAMPAIGNS = 2;
const TEST_MS = isLong ? 3_600_000 : 300_000;

const WORLDS: Readonly<Record<DriverName, () => Promise<World>>> = {
  local: makeLocalWorld,
  'local-worker': makeLocalWorkerWorld,
  aws: makeAwsWorld,
  'aws-worker': makeAwsWorkerWorld,
  keyed: makeFaultyWorld('keyed'),
  numbered: makeFaultyWorld('numbered'),
  streamed: makeFaultyWorld('streamed'),
};
const [first, ...others] = Object.keys(WORLDS) as [DriverName, ...DriverName[]];

/** Where a task stands when it is cancelled, by the place at which it is held then. */
const STAGES = {
  queued: 'input-read#1',
  provisioning: 'input-read#2',
  starting: 'input-read#3',
  running: 'driver.start.attached.after#1',
  completing: 'driver.start.ended.before#1',
  'being cleaned': 'driver.cleanup.before#1',
} as const;

beforeAll(buildProgram);
afterAll(removeProgram);

/** Several campaigns against one driver, which share the attacks. */
async function attack(
  driver: DriverName,
  attacks: readonly ((campaign: Campaign) => Promise<void>)[],
): Promise<Coverage> {
  const began = Date.now();
  const coverage = new Coverage(pointsOf(driver));
  const left = [...attacks];
  const campaigns = Array.from({ length: CAMPAIGNS }, () => new Campaign(WORLDS[driver], coverage));
  await Promise.all(
    campaigns.map(async (campaign) => {
      try {
        for (let next = left.shift(); next !== undefined; next = left.shift()) await next(campaign);
      } finally {
        left.length = 0;
        await campaign.rest();
      }
    }),
  );
  const sum = (count: (campaign: Campaign) => number): number => campaigns.reduce((all, one) => all + count(one), 0);
  const figures = {
    driver,
    points: coverage.points.length,
    kills: coverage.kills,
    tasks: sum(({ tasks }) => tasks),
    lost: sum(({ lost }) => lost),
    seconds: Math.round((Date.now() - began) / 1000),
  };
  process.stderr.write(`${JSON.stringify(figures)}\n`);
  expect({ seed: SEED, problems: campaigns.flatMap(({ problems }) => problems) }).toEqual({ seed: SEED, problems: [] });
  expect({ unnamed: coverage.unnamed }).toEqual({ unnamed: [] });
  return coverage;
}

/** Those of a fresh directory come first, and an `after` last: most are covered by then. */
const inOrder = (points: readonly Point[]): Point[] => {
  const rank = ({ name, way }: Point): number => (way.fresh ? 0 : 2) + (name.endsWith('.after') ? 1 : 0);
  return [...points].sort((a, b) => rank(a) - rank(b));
};

/** mulberry32: small, seeded, good enough to choose points. */
function chosen(points: readonly Point[], count: number): Point[] {
  let state = SEED;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const left = [...points];
  return Array.from({ length: count }, () => left.splice(random() % left.length, 1)).flat();
}

const cover = (point: Point) => (campaign: Campaign) => campaign.cover(point);

describe('a dispatcher that is killed at any named point', () => {
  it(
    `forgets, repeats and leaks nothing of driver ${first}, and every point was hit`,
    async () => {
      const { uncovered } = await attack(first, inOrder(pointsOf(first)).map(cover));
      expect(uncovered).toEqual([]);
    },
    TEST_MS,
  );

  it.each(isLong ? [] : others)(
    'forgets, repeats and leaks nothing of driver %s, at a choice of points',
    async (driver) => {
      await attack(driver, chosen(pointsOf(driver), SAMPLE).map(cover));
    },
    TEST_MS,
  );
});

it(
  'a task that a front door takes up with a new dispatcher finds the credentials of that front door',
  async () => {
    const campaign = new Campaign(makeAwsWorld, new Coverage([]));
    for (const name of ['journal.accepted.check.after', 'journal.provisioning.check.after']) {
      await campaign.kill({ name, way: {} });
      await campaign.rest();
    }
    expect(campaign.problems).toEqual([]);
  },
  TEST_MS,
);

const everywhere = isLong ? describe : describe.skip;

everywhere.each(Object.keys(WORLDS) as DriverName[])('driver %s, at every point by itself', (driver) => {
  it(
    'nothing is forgotten, repeated or leaked, and every point was hit',
    async () => {
      const points = pointsOf(driver);
      const { uncovered } = await attack(driver, [
        ...points.map((point) => (campaign: Campaign) => campaign.kill(point)),
        ...inOrder(points).map(cover),
      ]);
      expect(uncovered).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'a cancel after the kill is final',
    async () => {
      await attack(
        driver,
        pointsOf(driver).map((point) => (campaign) => campaign.kill(point, 'after the kill')),
      );
    },
    TEST_MS,
  );

  it.each(Object.entries(STAGES))(
    'a cancel before the kill is final, of a task that is %s',
    async (_stage, place) => {
      await attack(driver, [(campaign) => campaign.cancelHeld(place)]);
    },
    TEST_MS,
  );
});
