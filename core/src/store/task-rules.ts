// What makes a new task, what a record may be, and which tasks may go. Pure.
import { createHash } from 'node:crypto';
import type { TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { frozenCopy, isAtRest, isTerminal, numberEvents, type TaskSummary } from './task-state.js';
import type { Change, CreateOptions } from './task-store.js';
import type { TaskEntry } from './task-table.js';
import type { Transition } from './transitions.js';

/** Bytes of JSON that one record may have. */
const MAX_RECORD_BYTES = 256 * 1024;

export interface IdempotencyEntry {
  /** Digest of the caller's key. */
  key: string;
  /** The caller's hash of the request. */
  hash: string;
}

export const idempotencyEntry = ({ key, hash }: NonNullable<CreateOptions['idempotency']>): IdempotencyEntry => ({
  key: createHash('sha256').update(key).digest('hex'),
  hash,
});

export function creation(
  record: TaskRecord,
  options: CreateOptions,
  idempotency: IdempotencyEntry | undefined,
  now: number,
): Extract<Transition, { type: 'task' }> {
  const events = numberEvents(options.events, 0, now);
  const head = {
    record: keptRecord(record),
    rev: 1,
    fence: 0,
    inbox: 0,
    consumed: 0,
    commands: [],
    commandIds: {},
    wakeAt: options.wakeAt,
    lastSeq: events.length,
    slots: [],
    ...(idempotency && { idempotency }),
  };
  return { type: 'task', head, events };
}

/** The record as it is kept: what JSON keeps of it, frozen throughout. Errors: AD_INPUT_TOO_LARGE. */
export function keptRecord(record: TaskRecord): TaskRecord {
  if (Buffer.byteLength(JSON.stringify(record)) <= MAX_RECORD_BYTES) return frozenCopy(record);
  throw new DispatchError(
    'AD_INPUT_TOO_LARGE',
    `The record of task ${record.taskId} is over ${MAX_RECORD_BYTES} bytes.`,
    {
      details: { limit: MAX_RECORD_BYTES },
    },
  );
}

/**
 * A change with its record as it is kept; refuses what no caller may ask for, whatever the state of the task.
 * Errors: TypeError, AD_INPUT_TOO_LARGE.
 */
export function soundChange(change: Change, { summary, state }: TaskEntry): Change {
  const { taskId, record, consumed = 0 } = change;
  if (record.taskId !== taskId || record.createdAt !== summary.createdAt) {
    throw new TypeError(`the record is not one of task ${taskId}`);
  }
  if (state && consumed > state.inbox) throw new TypeError(`task ${taskId} has no command ${consumed}`);
  return { ...change, record: keptRecord(record) };
}

export interface PurgeRule {
  now: number;
  before: number;
  maxBytes: number;
  bytesOf: (summary: TaskSummary) => number;
}

/** Ids of the tasks that may go and have to. */
export function tasksToPurge(entries: readonly TaskEntry[], { now, before, maxBytes, bytesOf }: PurgeRule): string[] {
  // Tasks that have something left to do are here whole.
  const unfinished = entries.flatMap(({ state }) => (state && !isAtRest(state) ? [state] : []));
  const continued = new Set(unfinished.map(({ record }) => record.request.continueFrom));
  const mayGo = entries
    .filter((entry) => isPurgeable(entry, now) && !continued.has(entry.summary.taskId))
    .map(({ summary }) => summary);
  const gone = mayGo.filter((summary) => endOf(summary) < before);
  const ended = entries.filter(({ summary }) => isTerminal(summary.status));
  let bytes = sum(ended.map(({ summary }) => bytesOf(summary))) - sum(gone.map(bytesOf));
  if (bytes <= maxBytes) return gone.map(({ taskId }) => taskId);
  const next = mayGo.filter((summary) => endOf(summary) >= before).sort((a, b) => endOf(a) - endOf(b));
  for (const summary of next) {
    if (bytes <= maxBytes) break;
    gone.push(summary);
    bytes -= bytesOf(summary);
  }
  return gone.map(({ taskId }) => taskId);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const endOf = ({ endedAt, createdAt }: TaskSummary): number => endedAt ?? createdAt;

/** Ended, with nothing held, nothing left to do and nothing reserved that others have to reckon with. */
function isPurgeable({ summary, state, damaged }: TaskEntry, now: number): boolean {
  const { status, holds, slots = [] } = summary;
  if (!isTerminal(status) || holds || damaged !== undefined) return false;
  return slots.every(({ until = Infinity }) => until <= now) && (!state || isAtRest(state));
}
