// What a store's author hands to the store contract.
import type { TaskStore } from '../store/index.js';

/** One place that keeps tasks, which may be opened again and again. */
export interface StorePlace {
  /** A new session on the place. */
  open(): Promise<TaskStore>;
  /** The store's process dies: nothing is closed, nothing more is written by it, and others may know that. */
  kill(store: TaskStore): Promise<void>;
  /** Moves the clock of all its stores on. Milliseconds. */
  advance(ms: number): void;
  dispose(): Promise<void>;
}

export interface StoreContractOptions {
  /** The runner's function for one test: Jest's, Vitest's or node:test's. */
  test: (title: string, run: () => Promise<void>) => void;
  /** A fresh place, empty. */
  createPlace: () => Promise<StorePlace>;
  /** Several sessions may be open on one place at the same time. */
  concurrentSessions: boolean;
}

/** One test with a place of its own. */
export type Case = (title: string, run: (place: StorePlace, store: TaskStore) => Promise<void>) => void;
