// The agent's state as its snapshots and changes leave it. Changes are kept as they came and applied when the state is asked
// for: most tasks never need it.
import type { JsonPatch } from '@ag-ui/core';
import { fits } from './fits.js';
import { applyPatch } from './json-patch.js';
import type { AgUiLimits } from './limits.js';
import type { Notice } from './notices.js';

type Limits = Pick<AgUiLimits, 'stateCharacters' | 'stateOperations'>;

export class SharedState {
  #value: unknown = {};
  #changes: JsonPatch[] = [];
  #characters = 0;
  /** In the changes that are kept, and in those that were applied: neither is for nothing. */
  #operations = { kept: 0, applied: 0 };
  #told = false;
  #lost = false;
  #failed = false;

  constructor(private readonly limits: Limits) {}

  /** @param characters of the event that told it. */
  replace(snapshot: unknown, characters: number): void {
    this.#value = snapshot;
    this.#told = true;
    this.#lost = false;
    this.#keepNone();
    if (characters > this.limits.stateCharacters) this.#lose();
  }

  change(patch: JsonPatch, characters: number): void {
    if (this.#lost) return;
    this.#told = true;
    this.#changes.push(patch);
    this.#characters += characters;
    this.#operations.kept += patch.length;
    if (this.#operations.kept + this.#operations.applied > this.limits.stateOperations) this.#lose();
    else if (this.#characters > this.limits.stateCharacters) this.#settle();
  }

  /** Whether the agent told any state that is still known. */
  get isTold(): boolean {
    this.#settle();
    return this.#told && !this.#lost;
  }

  /** `{}` while none is known. */
  get value(): unknown {
    this.#settle();
    return this.#value;
  }

  /** What went wrong with it so far. */
  get notices(): Notice[] {
    return [...(this.#failed ? (['patchFailed'] as const) : []), ...(this.#lost ? (['stateLost'] as const) : [])];
  }

  #settle(): void {
    if (this.#changes.length === 0) return;
    for (const patch of this.#changes) this.#apply(patch);
    this.#operations.applied += this.#operations.kept;
    this.#keepNone();
    if (!fits(this.#value, { characters: this.limits.stateCharacters })) this.#lose();
  }

  #apply(patch: JsonPatch): void {
    try {
      this.#value = applyPatch(this.#value, patch);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The protocol wants it left out whole, and the rest followed.
      this.#failed = true;
    }
  }

  #lose(): void {
    this.#lost = true;
    this.#value = {};
    this.#keepNone();
  }

  #keepNone(): void {
    this.#changes = [];
    this.#characters = 0;
    this.#operations.kept = 0;
  }
}
