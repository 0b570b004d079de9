// When a task wants to be looked at again, and how long the engine pauses between tries.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { isTerminal } from './state-table.js';

const SECOND = 1000;

/** Defaults of a request's limits, in seconds. */
export const DEFAULT_LIMITS = { timeoutSeconds: 3600, provisionSeconds: 600 } as const;

/** Cancel is tried so often before the task ends anyway; what it holds is then left to cleanup. */
export const MAX_CANCEL_TRIES = 5;
/** Cleanup is tried so often; then it is `abandoned` and left to garbage collection. About a day. */
export const MAX_CLEANUP_TRIES = 40;

/** A connection that held for so long was no failed try. Milliseconds. */
export const STEADY_MS = 60_000;

/** Pause before the given further try, doubling from one second. Milliseconds. */
export function pause(tries: number, maxSeconds: number): number {
  return Math.min(maxSeconds, 2 ** Math.min(Math.max(tries - 1, 0), 20)) * SECOND;
}

export const cancelPause = (tries: number): number => pause(tries, 30);
export const resumePause = (tries: number): number => pause(tries, 60);
export const cleanupPause = (tries: number): number => pause(tries, 3600);
export const retryPause = (attempt: number): number => pause(attempt, 60);

/** End of the current provisioning; undefined in any other state. */
export function provisionDeadline(record: TaskRecord): number | undefined {
  const attempt = record.attempts?.at(-1);
  if (record.status !== 'provisioning' || attempt === undefined) return undefined;
  const seconds = record.request.limits.provisionSeconds ?? DEFAULT_LIMITS.provisionSeconds;
  return attempt.plannedAt + seconds * SECOND;
}

/**
 * When the idle limit ends; undefined where it does not count.
 * @param lastContactAt later contact than the record knows of; output is not stored in the record each time.
 */
export function idleDeadline(record: TaskRecord, lastContactAt = 0): number | undefined {
  const seconds = record.request.limits.idleSeconds;
  if (seconds === undefined || record.status !== 'running') return undefined;
  const contact = Math.max(record.lastActivityAt ?? record.startedAt ?? record.createdAt, lastContactAt);
  return contact + seconds * SECOND;
}

/** The earliest time at which something is due; undefined when the task rests for good. */
export function nextDue(record: TaskRecord, lastContactAt?: number): number | undefined {
  const due: (number | undefined)[] = [record.cleanup.nextAt];
  if (!isTerminal(record.status)) {
    const open = record.status !== 'cancelling' && record.status !== 'completing';
    const attempt = record.attempts?.at(-1);
    due.push(
      open ? record.deadlineAt : undefined,
      record.status === 'queued' ? record.retryAt : undefined,
      record.status === 'cancelling' ? record.cancel?.nextAt : undefined,
      attempt?.resumeAt,
      provisionDeadline(record),
      idleDeadline(record, lastContactAt),
    );
  }
  const times = due.filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}
