import { describe, it } from '@jest/globals';
import { runStoreContract } from '../testing/store-contract.js';
import { createLocalPlace } from './testdata/local-place.js';

const abilities = { concurrentSessions: false, suspect: false, crash: true };

describe('LocalStore', () => {
  runStoreContract({ test: it, abilities, createPlace: () => createLocalPlace() });
});

describe('LocalStore with checkpoints all the time', () => {
  runStoreContract({
    test: it,
    abilities,
    createPlace: () => createLocalPlace({ segmentBytes: 500, checkpointBytes: 1000 }),
  });
});
