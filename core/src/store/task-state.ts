// What the store holds of one task, and what follows from it. Values are immutable: every change makes a new state.
import type { TaskEvent, TaskRecord, TaskStatus } from '@agent-dispatch/schemas';
import type { NewEvent, PostedCommand, Slot, StoredTask } from './task-store.js';

/** Where older events stand in the task's events file. */
export interface EventFileMark {
  bytes: number;
  lastSeq: number;
  /** [sequence number, byte offset] of some lines, ascending: where to begin reading. */
  marks: readonly (readonly [number, number])[];
}

export interface TaskState {
  readonly record: TaskRecord;
  readonly rev: number;
  readonly fence: number;
  readonly owner?: string;
  /** Its owner ended without giving it up: due since then, whatever `wakeAt` says. */
  readonly orphanedAt?: number;
  readonly inbox: number;
  readonly consumed: number;
  /** Unread ones, oldest first. */
  readonly commands: readonly PostedCommand[];
  /** Inbox numbers of the latest commands, by id. */
  readonly commandIds: Readonly<Record<string, number>>;
  readonly wakeAt?: number;
  readonly lastSeq: number;
  /** What it reserves. */
  readonly slots: readonly Slot[];
  /** With what the last commit's result is given again. */
  readonly lastCommit?: { commitId: string; fence?: number; inbox: number; owner?: string };
  readonly idempotency?: { key: string; hash: string };
  /** The newest events; older ones are in the events file. */
  readonly events: readonly TaskEvent[];
  readonly eventFile?: EventFileMark;
}

/** What stays in memory of every task. */
export interface TaskSummary {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly createdAt: number;
  readonly rev: number;
  readonly endedAt?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly group?: string;
  readonly parent?: string;
  readonly subject?: string;
  readonly account: string;
  /** Something in the cloud is, or may be, there because of it. */
  readonly holds: boolean;
  /** What it takes on disk, measured when it went to rest. */
  readonly bytes?: number;
  /** What it reserves; absent: nothing. */
  readonly slots?: readonly Slot[];
  readonly idempotency?: { key: string; hash: string };
}

const TERMINAL: ReadonlySet<TaskStatus> = new Set<TaskStatus>(['succeeded', 'failed', 'cancelled', 'lost']);

export function summarize(state: TaskState): TaskSummary {
  const { record, rev, idempotency, slots } = state;
  const { labels, group, parent } = record.request;
  return {
    taskId: record.taskId,
    status: record.status,
    createdAt: record.createdAt,
    rev,
    account: record.route.account,
    holds: record.resources.some(isHeld),
    ...(slots.length > 0 && { slots }),
    ...(record.endedAt !== undefined && { endedAt: record.endedAt }),
    ...(labels && { labels }),
    ...(group !== undefined && { group }),
    ...(parent !== undefined && { parent }),
    ...(record.subject !== undefined && { subject: record.subject }),
    ...(idempotency && { idempotency }),
  };
}

/** Something is, or may be, there that this task has to see gone. */
const isHeld = ({ state, resource }: TaskRecord['resources'][number]): boolean =>
  state !== 'released' && state !== 'left' && resource.scope !== 'borrowed';

/** A task as callers see it. Frozen: the same record is given to everyone. */
export function toStoredTask(state: TaskState): StoredTask {
  const { record, rev, fence, owner, inbox, consumed, commands, wakeAt, lastSeq, slots } = state;
  return Object.freeze({
    record,
    rev,
    fence,
    inbox,
    consumed,
    commands,
    lastSeq,
    slots,
    ...(owner !== undefined && { owner }),
    ...(wakeAt !== undefined && { wakeAt }),
  });
}

/** The task as its last commit left it, whatever was posted or claimed since. */
export function asLastCommitted(state: TaskState): StoredTask {
  const { fence = state.fence, inbox = state.inbox, owner } = state.lastCommit ?? {};
  const commands = state.commands.filter((command) => command.inbox <= inbox);
  return toStoredTask({ ...state, fence, inbox, owner, commands });
}

export const isTerminal = (status: TaskStatus): boolean => TERMINAL.has(status);

/** Ended, with nothing left to do: it needs no place in memory. */
export const isAtRest = (state: TaskState): boolean =>
  isTerminal(state.record.status) &&
  state.owner === undefined &&
  state.slots.every(({ until }) => until !== undefined) &&
  dueAt(state) === undefined;

/** When it may be claimed; undefined when never. Of an owned task: once it is given up. */
export function dueAt(state: TaskState): number | undefined {
  const times = [state.wakeAt, state.orphanedAt, state.commands[0]?.at].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** New events with sequence numbers after `lastSeq`. */
export const numberEvents = (events: readonly NewEvent[], lastSeq: number, at: number): TaskEvent[] =>
  events.map((event, index) => frozenCopy({ seq: lastSeq + 1 + index, at, ...event }));

/**
 * What JSON keeps of a value, frozen throughout: what callers do to theirs does not reach ours. Members that nobody can
 * change any more are shared: most of a record is the same from its first revision to its last.
 */
export function frozenCopy<Value extends object>(value: Value): Value {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.freeze(Object.fromEntries(members.map(([name, member]) => [name, frozenMember(member)]))) as Value;
}

const frozenMember = (member: unknown): unknown =>
  isFrozenThroughout(member) ? member : freeze(JSON.parse(JSON.stringify(member)) as unknown);

const isFrozenThroughout = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(isFrozenThroughout));

/** Freezes a value that came from JSON. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
