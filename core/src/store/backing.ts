// What a table of tasks needs from the place that keeps them. The table decides; the place makes it last.
import type { TaskEvent } from '@agent-dispatch/schemas';
import type { BlobContent, BlobInfo, BorrowedFile, LogChunk, NewValues } from './task-store.js';
import type { TaskState, TaskSummary } from './task-state.js';
import type { Transition } from './transitions.js';

/** Errors of every method: AD_STORE_UNAVAILABLE, AD_STORE_SESSION_LOST, AD_STORE_CORRUPT. */
export interface Backing {
  readonly installationId: string;
  /** Until memory has room for another task: what is written behind must not fall behind without end. undefined: now. */
  room(): Promise<void> | undefined;
  /** Durable on return, in the order of the calls. Called after the transitions were applied to the table. */
  write(transitions: readonly Transition[]): Promise<void>;
  /** A task that rests. */
  load(taskId: string): Promise<TaskState>;
  /** Events of the state with seq > afterSeq that are not in it any more; at most `limit`. */
  olderEvents(state: TaskState, afterSeq: number, limit: number): Promise<TaskEvent[]>;
  appendLog(taskId: string, offset: number, bytes: Uint8Array): Promise<void>;
  readLog(taskId: string, offset: number, maxBytes: number): Promise<LogChunk>;
  putBlob(taskId: string, name: string, content: BlobContent): Promise<BlobInfo>;
  getBlob(taskId: string, name: string, offset: number, maxBytes: number): Promise<{ bytes: Uint8Array; size: number }>;
  borrowBlob(taskId: string, name: string): Promise<BorrowedFile>;
  /**
   * Values of a task that is not there yet. A process that dies before `arrived` leaves them to the next opening, which
   * removes what belongs to no task.
   */
  incoming(taskId: string): Promise<IncomingValues>;
  /** How many bytes a task takes. Told when all that ended is measured. */
  sizes(): Promise<(summary: TaskSummary) => number>;
  /** Log, values and documents of tasks that are gone. Tries each, and then throws the first error. */
  remove(taskIds: readonly string[]): Promise<void>;
}

export interface IncomingValues extends NewValues {
  /** All that was put is durable on return. */
  settle(): Promise<void>;
  /** The task is there, or nothing of it any more. */
  arrived(): Promise<void>;
}
