// Release of what a task holds: kept for a while where it asks for that, asked for, proven piece by piece, tried again,
// given up. Never changes an outcome.
import type { CleanupProof, DispatchErrorJson } from '@agent-dispatch/schemas';
import type { Draft } from './draft.js';
import {
  givenUp,
  giveUp,
  isShared,
  keepResources,
  nextRelease,
  releasable,
  release,
  removable,
  sharedSlot,
} from './ledger.js';
import { cleanupPause, MAX_CLEANUP_TRIES } from './timing.js';

/**
 * Asks for the release of what is not needed any more; does nothing when there is nothing. A wait that stands, for what may
 * still be made, is not cut short.
 */
export function scheduleCleanup(draft: Draft, at: number = draft.now): void {
  const { record, now } = draft;
  const { state, tries, nextAt = 0 } = record.cleanup;
  for (const entry of givenUp(record)) entry.state = 'planned';
  keepResources(record, now);
  const due = nextRelease(record);
  if (due === undefined) return;
  awaitRelease(draft, due, state === 'pending' && tries === 0 ? Math.max(at, nextAt) : at);
  beginCleanup(draft);
}

function awaitRelease(draft: Draft, due: number, at: number, proofs: readonly CleanupProof[] = []): void {
  const state = due > draft.now ? 'kept' : 'pending';
  draft.record.cleanup = { state, tries: 0, nextAt: Math.max(due, at) };
  draft.event({ type: 'cleanup', state, ...(proofs.length > 0 && { proofs: [...proofs] }) });
}

/**
 * Cleanup as it is due: under way from here on, so nothing is due until it has settled. Where only shared resources are,
 * it stays due: their removal begins with a tick.
 */
export function beginCleanup(draft: Draft): void {
  const { record, now } = draft;
  const { cleanup } = record;
  if (!isAwaited(draft) || (cleanup.nextAt ?? 0) > now || releasable(record, now).length === 0) return;
  if (cleanup.state === 'kept') draft.event({ type: 'cleanup', state: 'pending' });
  cleanup.state = 'pending';
  delete cleanup.nextAt;
  draft.effect('cleanup');
}

/** For ticks alone: the store refuses the change as long as others use the resource, and no other fact may wait for that. */
export function beginDueCleanup(draft: Draft): void {
  const { record, now } = draft;
  if (isAwaited(draft) && (record.cleanup.nextAt ?? 0) <= now) {
    for (const entry of removable(record, now)) entry.state = 'removing';
  }
  beginCleanup(draft);
}

const isAwaited = ({ record: { cleanup } }: Draft): boolean => cleanup.state === 'kept' || cleanup.state === 'pending';

/** Others use what is shared by this slot: they will release it. */
export function stillShared(draft: Draft, slot: string): void {
  const { record, now } = draft;
  for (const entry of [...removable(record, now), ...givenUp(record)]) {
    if (isShared(entry.resource) && sharedSlot(record, entry.resource) === slot) entry.state = 'left';
  }
  if (releasable(record, now).length === 0) awaitRest(draft, []);
}

/** What is kept or was given up is released now; where a release is under way, with what that leaves. */
export function releaseNow(draft: Draft): void {
  const { record, now } = draft;
  for (const entry of record.resources) {
    if (entry.keepUntil !== undefined) entry.keepUntil = Math.min(entry.keepUntil, now);
  }
  if (record.cleanup.state === 'kept' || record.cleanup.state === 'abandoned') scheduleCleanup(draft);
}

export function cleaned(draft: Draft, proofs: readonly CleanupProof[]): void {
  const { record, now } = draft;
  if (record.cleanup.state !== 'pending') return;
  const fresh = release(record, proofs, now);
  if (releasable(record, now).length > 0) return cleanupAgain(draft, undefined, fresh);
  awaitRest(draft, fresh);
}

/** What is left is released later; or nothing is left but what was given up. */
function awaitRest(draft: Draft, proofs: readonly CleanupProof[], error?: DispatchErrorJson): void {
  const { record, now } = draft;
  const due = nextRelease(record);
  if (due !== undefined) return awaitRelease(draft, due, now, proofs);
  const state = givenUp(record).length > 0 ? 'abandoned' : 'done';
  settle(draft, { state, tries: record.cleanup.tries, ...(error && { error }) }, proofs);
}

/** Proofs that were given before something failed count. */
export function cleanupAgain(draft: Draft, error?: DispatchErrorJson, proofs: readonly CleanupProof[] = []): void {
  const { record, now } = draft;
  if (record.cleanup.state !== 'pending') return;
  const fresh = release(record, proofs, now);
  // What failed for one attempt may have been released for another that names the same.
  if (releasable(record, now).length === 0) return awaitRest(draft, fresh);
  const tries = record.cleanup.tries + 1;
  if (tries < MAX_CLEANUP_TRIES) {
    return settle(
      draft,
      { state: 'pending', tries, nextAt: now + cleanupPause(tries), ...(error && { error }) },
      fresh,
    );
  }
  record.cleanup.tries = tries;
  giveUp(record, now);
  awaitRest(draft, fresh, error);
}

function settle(
  draft: Draft,
  cleanup: Draft['record']['cleanup'] & { state: 'pending' | 'abandoned' | 'done' },
  proofs: readonly CleanupProof[],
): void {
  draft.record.cleanup = cleanup;
  const { state, error } = cleanup;
  draft.event({ type: 'cleanup', state, ...(error && { error }), ...(proofs.length > 0 && { proofs: [...proofs] }) });
}
