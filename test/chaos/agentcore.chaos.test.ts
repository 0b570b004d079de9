// Tasks in sessions of the fake AgentCore service while dispatchers and front doors are killed and containers crash; the
// same with an endpoint that throttles, fails, loses, delays and breaks off; and that without kills. Side by side: they
// wait for settle times more than for the processor.
import { expect, it } from '@jest/globals';
import { NOTHING, runChaos } from './support/chaos.js';
import { cloudFaults } from './support/cloud-faults.js';
import { CloudWorld } from './support/cloud-world.js';
import { Dice } from './support/dice.js';
import { SETTINGS, TEST_MS } from './support/settings.js';

it.concurrent.each([
  { what: 'while dispatchers and front doors die', kills: SETTINGS.kills, faults: false },
  { what: 'behind an endpoint that fails in every way', kills: 0, faults: true },
  { what: 'while they die behind an endpoint that fails in every way', kills: SETTINGS.kills, faults: true },
])(
  'no task in the cloud is forgotten, stuck, started twice, leaked or lost without need $what',
  async ({ what, kills, faults }) => {
    const world = await CloudWorld.make();
    if (faults) world.fake.faults.otherwise(cloudFaults(new Dice(SETTINGS.seed), { afterStop: kills === 0 }));
    const findings = await runChaos(world, { name: `agentcore ${what}`, ...SETTINGS, kills });
    expect({ seed: SETTINGS.seed, ...findings }).toEqual({ seed: SETTINGS.seed, ...NOTHING });
  },
  TEST_MS,
);
