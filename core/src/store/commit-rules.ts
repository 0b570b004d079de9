// Decides about one change of one task, in the order: repeated, fenced, conflict, over a limit, applied. Pure.
import { asLastCommitted, frozenCopy, numberEvents, toStoredTask, type TaskState } from './task-state.js';
import type { Admission, Change, CommitResult } from './task-store.js';
import type { Transition } from './transitions.js';

export interface CommitContext {
  /** The session that commits. */
  owner: string;
  now: number;
  slotsTaken: (key: string) => number;
}

export type Decision = { transition: Extract<Transition, { type: 'task' }> } | { result: CommitResult };

export function decideCommit(state: TaskState, change: Change, context: CommitContext): Decision {
  const { expect } = change;
  if (state.lastCommit?.commitId === change.commitId) return { result: { status: 'ok', task: asLastCommitted(state) } };
  if (expect.fence !== state.fence || state.owner !== context.owner) return { result: { status: 'fenced' } };
  const unseen = expect.inbox !== undefined && expect.inbox < state.inbox;
  if (expect.rev !== state.rev || unseen) return { result: { status: 'conflict', task: toStoredTask(state) } };
  const slots = slotsAfter(state.slots, change.admission, context);
  if (typeof slots === 'string') return { result: { status: 'overLimit', key: slots } };
  return { transition: applied(state, change, slots, context) };
}

function applied(
  state: TaskState,
  change: Change,
  slots: readonly string[],
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
      record: frozenCopy(change.record),
      rev: state.rev + 1,
      owner: kept,
      consumed,
      commands: state.commands.filter(({ inbox }) => inbox > consumed),
      wakeAt: change.wakeAt,
      lastSeq: state.lastSeq + events.length,
      slots,
      lastCommit: { commitId: change.commitId, inbox: state.inbox, owner: kept },
    },
    events,
  };
}

/** The slots held afterwards, or the key that is full. Releasing comes first. */
function slotsAfter(
  held: readonly string[],
  { acquire = [], release = [] }: Admission = {},
  { slotsTaken }: CommitContext,
): readonly string[] | string {
  const kept = held.filter((key) => !release.includes(key));
  const slots = new Set(kept);
  for (const { key, limit } of acquire) {
    if (slots.has(key)) continue;
    const byOthers = slotsTaken(key) - (held.includes(key) ? 1 : 0);
    if (byOthers >= limit) return key;
    slots.add(key);
  }
  return [...slots];
}
