// Tasks on this machine while dispatchers, front doors, supervisors and the work itself are killed.
import { expect, it } from '@jest/globals';
import { NOTHING, runChaos } from './support/chaos.js';
import { LocalWorld } from './support/local-world.js';
import { SETTINGS, TEST_MS } from './support/settings.js';

it.concurrent.each(['stdio', 'ag-ui'] as const)(
  'no task on this machine over %s is forgotten, stuck, started twice, leaked or lost, whoever is killed',
  async (protocol) => {
    const findings = await runChaos(await LocalWorld.make(protocol), { name: `local over ${protocol}`, ...SETTINGS });
    expect({ seed: SETTINGS.seed, ...findings }).toEqual({ seed: SETTINGS.seed, ...NOTHING });
  },
  TEST_MS,
);
