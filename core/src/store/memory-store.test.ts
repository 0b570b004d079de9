import { describe, it } from '@jest/globals';
import { runStoreContract } from '../testing/store-contract.js';
import { createMemoryPlace } from './testdata/memory-place.js';

describe('MemoryStore', () => {
  runStoreContract({
    test: it,
    abilities: { concurrentSessions: true, suspect: true, crash: false },
    createPlace: async () => createMemoryPlace(),
  });
});
