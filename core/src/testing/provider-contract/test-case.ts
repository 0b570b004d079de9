// How the groups of the contract register their tests.
import type { Ground } from './ground.js';

/** One test of a combination, in a world of its own. */
export type GroundCase = (title: string, run: (ground: Ground) => Promise<void>) => unknown;
