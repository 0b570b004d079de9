// A place in memory for one test, and stores opened on it.
import type { StorePlace } from '../../testing/store-place.js';
import { MemoryPlace, MemoryStore, type MemoryStoreOptions } from '../memory-store.js';
import type { TaskStore } from '../task-store.js';

/** @param makeStore default: the store as it is. */
export function createMemoryPlace(
  makeStore = (options: MemoryStoreOptions): MemoryStore => new MemoryStore(options),
): StorePlace {
  const place = new MemoryPlace();
  let now = 1_800_000_000_000;
  const opened = new Map<TaskStore, MemoryStore>();
  return {
    open: async () => {
      const store = makeStore({ clock: { now: () => now }, place });
      await store.open();
      opened.set(store, store);
      return store;
    },
    kill: async () => undefined,
    advance: (ms) => void (now += ms),
    dispose: async () => undefined,
    suspect: async (store) => {
      opened.get(store)?.doubt();
      return async () => opened.get(store)?.confirm();
    },
  };
}
