// The ways in which an attempt ends, shared by the reducer's cases.
import type { DispatchErrorJson } from '@agent-dispatch/schemas';
import { scheduleCleanup } from './cleaning.js';
import { engineError, type Draft } from './draft.js';

/** Nothing more will come of the current attempt. */
export function finishAttempt(draft: Draft, error?: DispatchErrorJson): void {
  const { attempt, record } = draft;
  attempt.stage = 'ended';
  attempt.endedAt = draft.now;
  if (error) attempt.error = error;
  delete attempt.resumeAt;
  delete record.inputRequests;
}

/** When whatever was asked for last has landed, or never will: what is looked for before may come to be afterwards. */
export const settledAt = ({ now, record }: Draft): number => now + record.route.settleSeconds * 1000;

/** The outcome cannot be known. A start that was sent may still land: cleanup waits until it would have. */
export function loseAttempt(draft: Draft, reason: string): void {
  const { record, attempt } = draft;
  const error = engineError('AD_TASK_OUTCOME_UNKNOWN', `what became of the work cannot be known: ${reason}`);
  record.outcome = { status: 'lost', error };
  finishAttempt(draft, error);
  draft.event({ type: 'error', error });
  draft.move('outcome-unknown', 'lost', reason);
  scheduleCleanup(draft, attempt.ambiguous ? settledAt(draft) : draft.now);
}
