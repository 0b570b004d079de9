// Tasks of AgentDispatch's worker in sessions of the fake AgentCore service, while dispatchers, front doors, agents and whole
// microVMs are killed, and with an endpoint that throttles, fails, loses, delays and breaks off.
import { expect, it } from '@jest/globals';
import { NOTHING, runChaos } from './support/chaos.js';
import { Dice } from './support/dice.js';
import { SETTINGS, TEST_MS } from './support/settings.js';
import { workerFaults } from './support/worker-faults.js';
import { WorkerWorld } from './support/worker-world.js';

it.concurrent.each([
  { what: 'while dispatchers and front doors die', faults: false },
  { what: 'while they die behind an endpoint that fails in every way', faults: true },
])(
  'no task of the worker is forgotten, stuck, started twice, leaked, or lost with its microVM alive, $what',
  async ({ what, faults }) => {
    const world = await WorkerWorld.make();
    if (faults) world.fake.faults.otherwise(workerFaults(new Dice(SETTINGS.seed)));
    const findings = await runChaos(world, { name: `agentcore worker ${what}`, ...SETTINGS });
    expect({ seed: SETTINGS.seed, ...findings }).toEqual({ seed: SETTINGS.seed, ...NOTHING });
  },
  TEST_MS,
);
