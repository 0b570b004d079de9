import { describe, it } from '@jest/globals';
import { runStoreContract } from '../testing/store-contract.js';
import { createLocalPlace } from './testdata/local-place.js';

describe('LocalStore', () => {
  runStoreContract({ test: it, concurrentSessions: false, createPlace: () => createLocalPlace() });
});

describe('LocalStore with checkpoints all the time', () => {
  runStoreContract({
    test: it,
    concurrentSessions: false,
    createPlace: () => createLocalPlace({ segmentBytes: 500, checkpointBytes: 1000 }),
  });
});
