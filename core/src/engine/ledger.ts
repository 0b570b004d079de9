// The resource ledger of a task: what its attempts may have made, and what of it may be released when.
import type { CleanupProof, Handle, Resource, TaskRecord } from '@agent-dispatch/schemas';
import { isTerminal } from './state-table.js';

type Entry = TaskRecord['resources'][number];

const SHARED = 'shared:';
export const isShared = ({ scope }: Resource): boolean => scope.startsWith(SHARED);

/** The slot by which references to a shared resource are counted: tasks of one account share what has the same key. */
export const sharedSlot = ({ route }: TaskRecord, { scope }: Resource): string =>
  `${SHARED}${route.account}:${scope.slice(SHARED.length)}`;

export const isSharedSlot = (slot: string): boolean => slot.startsWith(SHARED);

/** Takes over the resources that a handle names. Known ones are updated, none is ever dropped. */
export function enterResources(record: TaskRecord, attempt: number, handle: Handle): Resource[] {
  const added: Resource[] = [];
  for (const resource of handle.resources) {
    const known = record.resources.find((entry) => entry.attempt === attempt && entry.resource.id === resource.id);
    if (known) known.resource = resource;
    else {
      record.resources.push({ resource, attempt, state: 'planned' });
      added.push(resource);
    }
  }
  return added;
}

/** What cleanup is to be given now. Of shared resources, those whose removal has begun. */
export const releasable = (record: TaskRecord, now: number): Entry[] =>
  record.resources.filter(
    (entry) => entry.state === 'removing' || (!isShared(entry.resource) && isDue(record, entry, now)),
  );

/** Shared resources that this task has no more use for; others may have. */
export const removable = (record: TaskRecord, now: number): Entry[] =>
  record.resources.filter((entry) => isShared(entry.resource) && isDue(record, entry, now));

/** When something is to be released next; undefined when all that could be is released. */
export function nextRelease(record: TaskRecord): number | undefined {
  const times = record.resources.map((entry) => releaseAt(record, entry)).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * Decides, at the end of a task, how long what its last attempt asks to keep is kept. Not after work that was stopped or
 * lost: it may go on there, and cost.
 */
export function keepResources(record: TaskRecord, now: number): void {
  const isStopped = record.cancel !== undefined || record.status === 'lost';
  if (!isTerminal(record.status) || isStopped) return;
  const last = record.resources.filter(({ attempt }) => attempt === record.attempt);
  for (const entry of record.resources) {
    // Earlier attempts may have named the same one.
    const named = last.find(({ resource }) => isSame(resource, entry.resource));
    const keepSeconds = named?.resource.keepSeconds;
    if (keepSeconds === undefined || entry.keepUntil !== undefined || !isDue(record, entry, now)) continue;
    entry.keepUntil = now + keepSeconds * 1000;
  }
}

const isSame = (one: Resource, other: Resource): boolean =>
  one.id === other.id || (isShared(one) && one.scope === other.scope);

/** What was tried in vain so often that it is given up. */
export function giveUp(record: TaskRecord, now: number): void {
  for (const entry of releasable(record, now)) entry.state = 'abandoned';
}

export const givenUp = (record: TaskRecord): Entry[] => record.resources.filter(({ state }) => state === 'abandoned');

/** Marks what may be released and has a proof as released. Returns the proofs that were new. */
export function release(record: TaskRecord, proofs: readonly CleanupProof[], now: number): CleanupProof[] {
  return proofs.filter((proof) => {
    const entries = releasable(record, now).filter(({ resource }) => resource.id === proof.id);
    for (const entry of entries) Object.assign(entry, { state: 'released', proof, releasedAt: now });
    return entries.length > 0;
  });
}

const isDue = (record: TaskRecord, entry: Entry, now: number): boolean => (releaseAt(record, entry) ?? Infinity) <= now;

/** undefined: its attempt or task goes on, it is under way or over, or it is borrowed and never ours to release. */
function releaseAt(record: TaskRecord, { resource, attempt, state, keepUntil }: Entry): number | undefined {
  if (state !== 'planned' || resource.scope === 'borrowed') return undefined;
  const isOver = isTerminal(record.status) || (resource.scope === 'attempt' && isAttemptOver(record, attempt));
  return isOver ? (keepUntil ?? 0) : undefined;
}

const isAttemptOver = (record: TaskRecord, attempt: number): boolean =>
  record.attempts?.find(({ number }) => number === attempt)?.stage === 'ended';
