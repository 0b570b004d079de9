// The ways in which an attempt ends, shared by the reducer's cases.
import type { DispatchErrorJson, TaskRecord } from '@agent-dispatch/schemas';
import { engineError, type Draft } from './draft.js';
import { releasable } from './ledger.js';

type Outcome = NonNullable<TaskRecord['outcome']>;

/** Nothing more will come of the current attempt. */
export function finishAttempt(draft: Draft, error?: DispatchErrorJson): void {
  const { attempt } = draft;
  attempt.stage = 'ended';
  attempt.endedAt = draft.now;
  if (error) attempt.error = error;
  delete attempt.resumeAt;
}

/** The outcome cannot be known. A start that was sent may still land: cleanup waits until it would have. */
export function loseAttempt(draft: Draft, reason: string): void {
  const { record, attempt } = draft;
  const error = engineError('AD_TASK_OUTCOME_UNKNOWN', `what became of the work cannot be known: ${reason}`);
  record.outcome = { status: 'lost', error };
  delete record.inputRequests;
  finishAttempt(draft, error);
  draft.event({ type: 'error', error });
  draft.move('outcome-unknown', 'lost', reason);
  scheduleCleanup(draft, attempt.ambiguous ? draft.now + record.route.settleSeconds * 1000 : draft.now);
}

/** A cancel or an expired deadline: decided here, carried out by the effect `stop`. A stored end is not changed. */
export function requestStop(
  draft: Draft,
  outcome: Outcome & { status: 'cancelled' | 'failed' },
  reason?: string,
): void {
  const { record, now } = draft;
  if (record.status === 'completing' || record.status === 'cancelling') return;
  record.outcome = outcome;
  record.cancel = { requestedAt: now, tries: 0, ...(reason !== undefined && { reason }) };
  delete record.inputRequests;
  if (record.status === 'queued') {
    delete record.retryAt;
    delete record.waitingFor;
    if (outcome.error) draft.event({ type: 'error', error: outcome.error });
    draft.move('stopped', outcome.status, reason);
    return scheduleCleanup(draft);
  }
  const { attempt } = draft;
  if (record.status === 'starting' && attempt.stage === 'intended') attempt.ambiguous = true;
  delete attempt.resumeAt;
  draft.move('stop', 'cancelling', reason);
  draft.effect('stop');
}

/** Asks for the release of what is not needed any more; does nothing when there is nothing. */
export function scheduleCleanup(draft: Draft, at: number = draft.now): void {
  const { record, now } = draft;
  if (releasable(record).length === 0) return;
  record.cleanup = { state: 'pending', tries: 0, nextAt: at };
  draft.event({ type: 'cleanup', state: 'pending' });
  if (at <= now) draft.effect('cleanup');
}
