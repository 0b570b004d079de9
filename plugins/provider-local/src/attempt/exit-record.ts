// How an attempt ended, as the shim leaves it for whoever looks, now or later.
import type { AttemptPaths } from './paths.js';
import { readRecord } from './records.js';

/**
 * exited: by itself. deadline: stopped at the deadline. cancelled: stopped on request. terminated: the shim was told to end
 * by someone else, as at shutdown. not-begun: the program could not be started.
 */
export type Ending = 'exited' | 'deadline' | 'cancelled' | 'terminated' | 'not-begun';

export interface ExitRecord {
  readonly ending: Ending;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why, for not-begun. */
  readonly message?: string;
  /** The last of standard error, at most 2,000 characters. */
  readonly stderrTail: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export const readExit = (paths: AttemptPaths): ExitRecord | undefined =>
  readRecord(paths.exit) as ExitRecord | undefined;
