// Seeded chance: the same seed gives the same plans, and the same choices as far as the order of events is the same.

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** mulberry32: at least 0, below 1. */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  /** @param list not empty. */
  pick<Item>(list: readonly Item[]): Item {
    return list[Math.floor(this.roll() * list.length)] as Item;
  }
}
