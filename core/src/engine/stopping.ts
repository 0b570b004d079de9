// A task that is to end before its work does: a cancel, an expired deadline, or a driver that broke its contract.
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { CancelLevel } from '../provider/index.js';
import { scheduleCleanup } from './cleaning.js';
import type { Draft } from './draft.js';
import { finishAttempt, settledAt } from './endings.js';
import { cancelPause, MAX_CANCEL_TRIES } from './timing.js';

type Outcome = NonNullable<TaskRecord['outcome']>;

/** Decided here, carried out by the effect `stop`. An end that is stored already is not changed. */
export function requestStop(
  draft: Draft,
  outcome: Outcome & { status: 'cancelled' | 'failed' },
  reason?: string,
): void {
  const { record, now } = draft;
  if (draft.terminal || record.status === 'completing' || record.status === 'cancelling') return;
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

/** The driver's cancel as it is due: under way from here on, so nothing is due until it has settled. */
export function beginStop(draft: Draft): void {
  const { cancel } = draft.record;
  if (draft.status !== 'cancelling' || (cancel?.nextAt ?? 0) > draft.now) return;
  delete cancel?.nextAt;
  if (cancel) cancel.repeated = true;
  draft.effect('stop');
}

export function cancelled(draft: Draft, level: CancelLevel): void {
  const { cancel, route } = draft.record;
  if (draft.status !== 'cancelling' || !cancel) return;
  cancel.level = level;
  draft.event({ type: 'cancel_level', level });
  if (draft.attempt.ambiguous && route.settleSeconds > 0 && !cancel.settled) {
    // A start that was sent may land after this cancel: once its settle time is over, cancel again.
    cancel.settled = true;
    cancel.nextAt = settledAt(draft);
    return;
  }
  stopped(draft);
}

export function cancelFailed(draft: Draft): void {
  const { cancel } = draft.record;
  if (draft.status !== 'cancelling' || !cancel) return;
  cancel.tries += 1;
  if (cancel.tries < MAX_CANCEL_TRIES) {
    cancel.nextAt = draft.now + cancelPause(cancel.tries);
    return;
  }
  cancel.level = 'unsupported';
  draft.event({ type: 'cancel_level', level: 'unsupported' });
  stopped(draft);
}

function stopped(draft: Draft): void {
  const { outcome, cancel } = draft.record;
  if (outcome?.status !== 'cancelled' && outcome?.status !== 'failed') return;
  delete cancel?.nextAt;
  if (outcome.error) draft.event({ type: 'error', error: outcome.error });
  // Provisioning was broken off, or a start may be under way and no cancel reached it: what was asked for last may still come.
  const mayLand = draft.attempt.stage === 'planned' || (draft.attempt.ambiguous === true && cancel?.settled !== true);
  const releaseAt = mayLand ? settledAt(draft) : draft.now;
  finishAttempt(draft, outcome.error);
  draft.move('stopped', outcome.status);
  scheduleCleanup(draft, releaseAt);
}
