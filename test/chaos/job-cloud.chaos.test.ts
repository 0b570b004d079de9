// Jobs in the fake job cloud, whose requests fail in every way and kill their dispatchers in the middle, by drivers that
// can ask after work, repeat a start, or do neither.
import { expect, it } from '@jest/globals';
import { NOTHING, runChaos } from './support/chaos.js';
import { JobWorld } from './support/job-world.js';
import { SETTINGS, TEST_MS } from './support/settings.js';

it.concurrent.each([
  { what: 'behind an endpoint that fails in every way', kills: 0 },
  { what: 'while dispatchers and front doors die behind it', kills: SETTINGS.kills },
])(
  'no job is forgotten, stuck, started twice, leaked or lost without need $what',
  async ({ what, kills }) => {
    const world = await JobWorld.make({ hostsDie: kills > 0 });
    const findings = await runChaos(world, { name: `job cloud ${what}`, ...SETTINGS, kills });
    expect({ seed: SETTINGS.seed, ...findings }).toEqual({ seed: SETTINGS.seed, ...NOTHING });
  },
  TEST_MS,
);
