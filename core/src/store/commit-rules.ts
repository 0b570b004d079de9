// Decides about one change of one task, in the order: repeated, fenced, conflict, over a limit, applied. Pure.
import { asLastCommitted, numberEvents, toStoredTask, type TaskState } from './task-state.js';
import type { Admission, Change, CommitResult, Slot } from './task-store.js';
import type { Transition } from './transitions.js';

export interface CommitContext {
  /** The session that commits. */
  owner: string;
  now: number;
  taken: (key: string) => { sum: number; endsAt?: number };
}

export type Decision = { transition: Extract<Transition, { type: 'task' }> } | { result: CommitResult };

/** @param change as `soundChange` gives it. */
export function decideCommit(state: TaskState, change: Change, context: CommitContext): Decision {
  const { expect } = change;
  if (state.lastCommit?.commitId === change.commitId) return { result: { status: 'ok', task: asLastCommitted(state) } };
  if (expect.fence !== state.fence || state.owner !== context.owner) return { result: { status: 'fenced' } };
  const unseen = expect.inbox !== undefined && expect.inbox < state.inbox;
  if (expect.rev !== state.rev || unseen) return { result: { status: 'conflict', task: toStoredTask(state) } };
  const slots = slotsAfter(state.slots, change.admission, context);
  if (!Array.isArray(slots)) return { result: { status: 'overLimit', ...slots } };
  return { transition: applied(state, change, slots, context) };
}

function applied(
  state: TaskState,
  change: Change,
  slots: readonly Slot[],
  { owner, now }: CommitContext,
): Extract<Transition, { type: 'task' }> {
  const events = numberEvents(change.events ?? [], state.lastSeq, now);
  const consumed = Math.max(state.consumed, change.consumed ?? 0);
  const kept = change.keep === false ? undefined : owner;
  const { events: _events, eventFile: _eventFile, ...head } = state;
  return {
    type: 'task',
    head: {
      ...head,
      record: change.record,
      rev: state.rev + 1,
      owner: kept,
      consumed,
      commands: state.commands.filter(({ inbox }) => inbox > consumed),
      wakeAt: change.wakeAt,
      lastSeq: state.lastSeq + events.length,
      slots,
      lastCommit: { commitId: change.commitId, fence: state.fence, inbox: state.inbox, owner: kept },
    },
    events,
  };
}

/** What is reserved afterwards, or the key that is full. Releasing comes first; what has ended is forgotten. */
function slotsAfter(
  held: readonly Slot[],
  { acquire = [], release = [], leave = [] }: Admission = {},
  { now, taken }: CommitContext,
): Slot[] | { key: string; retryAt?: number } {
  const live = held.filter(({ until = Infinity }) => until > now);
  const ownOf = (key: string): number => live.find((slot) => slot.key === key)?.amount ?? 0;
  const last = leave.find((key) => taken(key).sum <= ownOf(key));
  if (last !== undefined) return { key: last };
  const given = [...release, ...leave];
  const slots = new Map(live.filter(({ key }) => !given.includes(key)).map((slot) => [slot.key, slot]));
  for (const { key, limit, amount = 1, until } of acquire) {
    const own = ownOf(key);
    const { sum, endsAt } = taken(key);
    const isMore = amount > (slots.get(key)?.amount ?? 0);
    if (isMore && sum - own + amount > limit) return { key, ...(endsAt !== undefined && { retryAt: endsAt }) };
    slots.set(key, { key, amount, ...(until !== undefined && { until }) });
  }
  return [...slots.values()];
}
