// Release of what a task holds: asked for, proven piece by piece, tried again, given up. Never changes an outcome.
import type { CleanupProof, DispatchErrorJson } from '@agent-dispatch/schemas';
import type { Draft } from './draft.js';
import { releasable, release } from './ledger.js';
import { cleanupPause, MAX_CLEANUP_TRIES } from './timing.js';

/** Asks for the release of what is not needed any more; does nothing when there is nothing. */
export function scheduleCleanup(draft: Draft, at: number = draft.now): void {
  const { record, now } = draft;
  if (releasable(record).length === 0) return;
  record.cleanup = { state: 'pending', tries: 0, nextAt: at };
  draft.event({ type: 'cleanup', state: 'pending' });
  if (at <= now) beginCleanup(draft);
}

/** Cleanup as it is due: under way from here on, so nothing is due until it has settled. */
export function beginCleanup(draft: Draft): void {
  const { cleanup } = draft.record;
  if (cleanup.state !== 'pending' || (cleanup.nextAt ?? 0) > draft.now) return;
  delete cleanup.nextAt;
  draft.effect('cleanup');
}

export function cleaned(draft: Draft, proofs: readonly CleanupProof[]): void {
  const { cleanup } = draft.record;
  if (cleanup.state !== 'pending') return;
  const fresh = release(draft.record, proofs, draft.now);
  if (releasable(draft.record).length > 0) return cleanupAgain(draft, undefined, fresh);
  draft.record.cleanup = { state: 'done', tries: cleanup.tries };
  draft.event({ type: 'cleanup', state: 'done', ...(fresh.length > 0 && { proofs: fresh }) });
}

export function cleanupAgain(draft: Draft, error?: DispatchErrorJson, proofs: readonly CleanupProof[] = []): void {
  const { cleanup } = draft.record;
  if (cleanup.state !== 'pending') return;
  const tries = cleanup.tries + 1;
  const state = tries >= MAX_CLEANUP_TRIES ? 'abandoned' : 'pending';
  const nextAt = state === 'pending' ? { nextAt: draft.now + cleanupPause(tries) } : {};
  draft.record.cleanup = { state, tries, ...nextAt, ...(error && { error }) };
  draft.event({
    type: 'cleanup',
    state,
    ...(error && { error }),
    ...(proofs.length > 0 && { proofs: [...proofs] }),
  });
}
