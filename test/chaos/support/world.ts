// What the harness asks of a world in which tasks run: how to hand one over, and what is true of it there. A world
// counts by what the work and the cloud themselves have written down, never by what our own records say.
import type { Place } from '../../e2e/support/place.js';

/** What is to become of a task; chosen before it is handed over. */
export type Fate =
  /** Ends by itself, well. */
  | 'end'
  /** Reports failure. */
  | 'fail'
  /** Is cancelled while it is at work. */
  | 'cancel'
  /** Is cancelled on its acknowledgement, wherever it is then. */
  | 'cancel-at-once'
  /** Outlives its deadline. */
  | 'timeout'
  /** Its work is killed. */
  | 'kill-work'
  /** What watches over its work is killed. */
  | 'kill-supervisor';

export interface Plan {
  readonly index: number;
  readonly fate: Fate;
  /** Seconds; only where the task is to outlive them. */
  readonly timeoutSeconds?: number;
}

export interface Accepted extends Plan {
  readonly taskId: string;
}

/** In which something happened. Epoch milliseconds, both included. */
export type Span = readonly [from: number, to: number];

export const meets = ([from, to]: Span, [begin, end]: Span): boolean => from <= end && to >= begin;

/** A task as it ended, for the world to judge by what it knows. */
export interface Ended extends Accepted {
  /** Before the first try: it may be accepted without that anybody hears of it. */
  readonly handedOverAt: number;
  /** When a front door first said so. */
  readonly endedAt: number;
  /** When dispatchers were killed. */
  readonly kills: readonly Span[];
}

export interface World {
  readonly place: Place;
  plan(index: number): Plan;
  /** What `spawn_cloud_agent` is given, but for key and deadline. */
  request(plan: Plan): { instruction: string; runtime?: string; target_details?: Record<string, unknown> };
  /** How often the task's work was begun. */
  starts(task: Accepted): number;
  /** Resolves once the work has begun. */
  begun(task: Accepted): Promise<void>;
  /** For the fates that kill: kills what the fate says. */
  kill(task: Accepted): void;
  /** All that a task with this plan prints when nothing cuts it short. */
  output(plan: Plan): string;
  /** How the work's own failure is told; undefined when the plan has none. */
  failure(plan: Plan): Record<string, unknown> | undefined;
  /** Ends that trouble of the world may give a task instead of its own. */
  troubles?(task: Ended): Record<string, unknown>[];
  /** Why nobody could know what became of the task; undefined when it could have been known. */
  whyUnknowable(task: Ended): string | undefined;
  /** What is left of tasks that have all been released. */
  leaks(): Promise<string[]>;
  /** Figures of its own for the report. */
  figures(): Record<string, unknown>;
}
