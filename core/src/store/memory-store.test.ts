import { describe, it } from '@jest/globals';
import { runStoreContract } from '../testing/store-contract.js';
import { MemoryPlace, MemoryStore } from './memory-store.js';

describe('MemoryStore', () => {
  runStoreContract({
    test: it,
    concurrentSessions: true,
    createPlace: async () => {
      const place = new MemoryPlace();
      let now = 1_800_000_000_000;
      return {
        open: async () => {
          const store = new MemoryStore({ clock: { now: () => now }, place });
          await store.open();
          return store;
        },
        kill: async () => undefined,
        advance: (ms) => void (now += ms),
        dispose: async () => undefined,
      };
    },
  });
});
