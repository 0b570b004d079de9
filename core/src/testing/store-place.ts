// What a store's author hands to the store contract.
import assert from 'node:assert/strict';
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
  /** Ability `suspect`: the store's session is suspect from now on. Returns what lets it be held again. */
  suspect?(store: TaskStore): Promise<() => Promise<void>>;
  /** Ability `crash`. @param write from 1: the change of what the place keeps on that the process dies at. */
  mortal?(write: number): MortalStore;
}

/** A store whose process dies: one change happens by half or not at all, and nothing after it. */
export interface MortalStore {
  /** May reject: opening writes too. */
  open(): Promise<TaskStore>;
  died(): boolean;
}

/** What a place can do. A group of cases is left out only where an ability is absent. */
export interface StoreAbilities {
  /** Several sessions may be open on one place at the same time; otherwise a second one is refused. */
  concurrentSessions: boolean;
  suspect: boolean;
  crash: boolean;
}

export interface StoreContractOptions {
  /** The runner's function for one test: Jest's, Vitest's or node:test's. */
  test: (title: string, run: () => Promise<void>) => void;
  /** A fresh place, empty. */
  createPlace: () => Promise<StorePlace>;
  abilities: StoreAbilities;
}

/** One test with a place of its own. */
export type Case = (title: string, run: (place: StorePlace, store: TaskStore) => Promise<void>) => void;

/** Cases about the place itself: a kit that is handed something else proves nothing. */
export function placeCases({ test, createPlace, abilities }: StoreContractOptions): void {
  test('the place is as its abilities say', async () => {
    const place = await createPlace();
    try {
      assert.equal(typeof place.suspect === 'function', abilities.suspect, 'ability suspect');
      assert.equal(typeof place.mortal === 'function', abilities.crash, 'ability crash');
    } finally {
      await place.dispose();
    }
  });

  test('places are empty, apart from each other, and have a clock that moves when it is told', async () => {
    const [one, other] = [await createPlace(), await createPlace()];
    try {
      const [a, b] = [await one.open(), await other.open()];
      assert.deepEqual([(await a.list({ limit: 1 })).items, (await b.list({ limit: 1 })).items], [[], []]);
      assert.notEqual(a.installationId, b.installationId);
      assert.notEqual(a.session.incarnation, b.session.incarnation);
      const before = a.now();
      one.advance(1234);
      assert.equal(a.now(), before + 1234);
      await a.close();
      await b.close();
    } finally {
      await one.dispose();
      await other.dispose();
    }
  });
}
