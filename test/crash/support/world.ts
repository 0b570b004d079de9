// What a crash test needs of a provider: tasks to hand over, and the truth about what became of them, told by the work
// itself or by the cloud, never by our records.
import type { DispatchTaskInput } from '@agent-dispatch/schemas';
import type { Place } from '../../e2e/support/place.js';

/**
 * quick: ends by itself, well. large: the same, with a result too large for a record. many: the same, with more events
 * than memory keeps. endless: ends only when it is stopped.
 */
export type Kind = 'quick' | 'large' | 'many' | 'endless';

export interface World {
  place: Place;
  /** Of front doors and dispatchers. */
  env: Record<string, string>;
  /** What the offer declares. */
  offer: { resume: boolean };
  /** @param key names the task for the world's own counting. */
  request(key: string, kind: Kind): DispatchTaskInput;
  /** How often the work of this task was begun; of all tasks if none is given. */
  starts(task?: { key: string; taskId: string }): number;
  /** What tasks left behind, in words; empty where nothing is. Waits for what is ending. */
  leaks(): Promise<string[]>;
  /** Whether the value is what a succeeded task of this kind has to give. */
  isWhole(kind: Kind, told: { result: unknown; output: string }): boolean;
}
