// What time brings: deadlines that pass, pauses that end, and a new owner that takes up what another left.
import { beginDueCleanup } from './cleaning.js';
import { engineError, type Draft } from './draft.js';
import { loseAttempt } from './endings.js';
import { beginStop, requestStop } from './stopping.js';
import { DEFAULT_LIMITS, idleDeadline, provisionDeadline } from './timing.js';

/** What another process had under way is begun again in the way that has no double effect. */
export function recovered(draft: Draft): void {
  beginDueCleanup(draft);
  beginStop(draft);
  if (draft.terminal || draft.status === 'cancelling' || expire(draft)) return;
  if (draft.status === 'queued') return leaveQueue(draft);
  if (draft.status === 'provisioning') return draft.effect('provision');
  if (draft.status === 'completing') return draft.effect('collect');
  const { route } = draft.record;
  delete draft.attempt.resumeAt;
  if (draft.status === 'starting') draft.attempt.ambiguous = true;
  if (draft.status === 'starting' && route.startIdempotent) return draft.effect('start');
  if (route.resume) return draft.effect('resume');
  loseAttempt(draft, 'the process that followed the work ended, and this target cannot be asked again');
}

/** @param lastContactAt later contact than the record knows of. */
export function tick(draft: Draft, lastContactAt?: number): void {
  if (isDue(draft, draft.record.cleanup.nextAt)) beginDueCleanup(draft);
  if (isDue(draft, draft.record.cancel?.nextAt)) beginStop(draft);
  if (draft.terminal || draft.status === 'cancelling' || expire(draft)) return;
  if (isDue(draft, idleDeadline(draft.record, lastContactAt))) {
    const { idleSeconds } = draft.record.request.limits;
    return end(draft, 'AD_TASK_IDLE_TIMEOUT', `nothing was heard for ${String(idleSeconds)} s`);
  }
  if (draft.status === 'queued') return leaveQueue(draft);
  const resumeAt = draft.record.attempts?.at(-1)?.resumeAt;
  if (!isDue(draft, resumeAt)) return;
  delete draft.attempt.resumeAt;
  draft.effect('resume');
}

const isDue = (draft: Draft, time: number | undefined): boolean => time !== undefined && time <= draft.now;

function leaveQueue(draft: Draft): void {
  const { record } = draft;
  if (record.retryAt !== undefined && record.retryAt > draft.now) return;
  delete record.retryAt;
  draft.effect('plan');
}

/** The deadlines that count whether or not anybody listened. An end that is stored already stands. */
export function expire(draft: Draft): boolean {
  const { record } = draft;
  if (record.status === 'completing') return false;
  const { timeoutSeconds, provisionSeconds } = { ...DEFAULT_LIMITS, ...record.request.limits };
  if (isDue(draft, record.deadlineAt)) {
    end(draft, 'AD_TASK_TIMEOUT', `the task did not end within ${String(timeoutSeconds)} s`);
    return true;
  }
  if (!isDue(draft, provisionDeadline(record))) return false;
  end(draft, 'AD_TASK_PROVISION_TIMEOUT', `the target was not ready within ${String(provisionSeconds)} s`);
  return true;
}

function end(
  draft: Draft,
  code: 'AD_TASK_TIMEOUT' | 'AD_TASK_PROVISION_TIMEOUT' | 'AD_TASK_IDLE_TIMEOUT',
  message: string,
): void {
  requestStop(draft, { status: 'failed', error: engineError(code, message), retryStopped: 'deadline' }, message);
}
