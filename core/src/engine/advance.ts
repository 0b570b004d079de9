// The reducer: from a task record and one fact to the next record, its events and what to do then. Pure; decides
// everything and does nothing. Facts that no longer matter in the present state change nothing.
import type { DispatchErrorJson, Handle, Resource, TaskRecord } from '@agent-dispatch/schemas';
import type { NewEvent } from '../store/index.js';
import { cleaned, cleanupAgain, releaseNow, scheduleCleanup, stillShared } from './cleaning.js';
import { Draft, engineError } from './draft.js';
import { isCertain } from './driver-error.js';
import { expire, recovered, tick } from './due.js';
import { finishAttempt, loseAttempt, settledAt } from './endings.js';
import { answered, asked, contact, heard, sent } from './hearing.js';
import type { Effect, Input } from './inputs.js';
import { enterResources, isShared } from './ledger.js';
import { type GivenMessage, messageGiven, recoverMessages, tendMessages } from './messages.js';
import { cancelFailed, cancelled, requestStop } from './stopping.js';
import { nextDue, resumePause, retryPause, STEADY_MS } from './timing.js';

export interface Advance {
  record: TaskRecord;
  events: NewEvent[];
  effects: Effect[];
  /** When the task wants a `tick`; undefined when it rests for good. */
  wakeAt: number | undefined;
}

/** @param now epoch milliseconds. The record given is not changed. */
export function advance(record: TaskRecord, input: Input, now: number): Advance {
  const draft = new Draft(draftOf(record), now);
  if ('place' in input && input.place !== undefined && !draft.terminal) {
    Object.assign(draft.record.attempts?.at(-1) ?? {}, input.place);
  }
  decide(draft, input);
  tendMessages(draft);
  draft.record.updatedAt = now;
  const lastContactAt = input.type === 'tick' ? input.lastContactAt : undefined;
  return {
    record: draft.record,
    events: draft.events,
    effects: draft.effects,
    wakeAt: nextDue(draft.record, lastContactAt),
  };
}

/** What the engine never changes is shared; structuredClone would take many times as long for the rest. */
function draftOf({ request, input, route, ...changing }: TaskRecord): TaskRecord {
  return { ...copyOf(changing), request, input, route };
}

/** Of what came from JSON. */
function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOf(inner)])) as Value;
}

function decide(draft: Draft, input: Input): void {
  switch (input.type) {
    case 'recovered':
      recovered(draft);
      return recoverMessages(draft, input.sending);
    case 'planned':
      return planned(draft, input);
    case 'refused':
      return refused(draft, input.error);
    case 'waiting':
      if (draft.status === 'queued') draft.record.waitingFor = input.slot;
      return;
    case 'handle':
      return handleLearned(draft, input.handle);
    case 'provisioned':
      return provisioned(draft);
    case 'contact':
      return contact(draft);
    case 'progress':
    case 'message':
    case 'artifact':
    case 'gap':
    case 'handoff':
      return heard(draft, input);
    case 'asked':
      return asked(draft, input);
    case 'answered':
      return answered(draft, input.requestId);
    case 'ended':
      return ended(draft, input);
    case 'not-started':
      return notStarted(draft, input.proof);
    case 'interrupted':
      return interrupted(draft, input);
    case 'vanished':
      if (draft.followed) loseAttempt(draft, input.reason);
      return;
    case 'failed':
      return failed(draft, input);
    case 'broken':
      return requestStop(
        draft,
        { status: 'failed', error: input.error, retryStopped: 'not-retryable' },
        input.error.code,
      );
    case 'collected':
      return collected(draft, input);
    case 'sent':
      return sent(draft, input);
    case 'command':
      return command(draft, input);
    case 'cancelled':
      return cancelled(draft, input.level);
    case 'cancel-failed':
      return cancelFailed(draft);
    case 'cleaned':
      return cleaned(draft, input.proofs);
    case 'cleanup-failed':
      return cleanupAgain(draft, input.error, input.proofs);
    case 'still-shared':
      return stillShared(draft, input.slot);
    case 'tick':
      return tick(draft, input.lastContactAt);
  }
}

function planned(draft: Draft, { handle, handoff }: Extract<Input, { type: 'planned' }>): void {
  if (draft.status !== 'queued') return;
  const { record, now } = draft;
  const number = record.attempt + 1;
  record.attempt = number;
  record.attempts = [...(record.attempts ?? []), { number, stage: 'planned', plannedAt: now, handle }];
  if (handoff) record.handoff = handoff;
  delete record.retryAt;
  delete record.waitingFor;
  draft.event({ type: 'attempt', attempt: number });
  const resources = enterResources(record, number, handle);
  if (resources.length > 0) draft.event({ type: 'resources', resources });
  draft.move('planned', 'provisioning');
  draft.effect('provision');
}

/** No further attempt can be planned. What earlier ones left is released. */
function refused(draft: Draft, error: DispatchErrorJson): void {
  if (draft.status !== 'queued') return;
  draft.record.outcome = { status: 'failed', error };
  delete draft.record.waitingFor;
  draft.event({ type: 'error', error });
  draft.move('refused', 'failed', error.code);
  scheduleCleanup(draft);
}

/**
 * Names that were learned late still enter the ledger, whatever has been decided meanwhile. A shared one that was not planned
 * does not: nothing keeps others from removing it, and it is not ours alone to remove. The task ends for it.
 */
function handleLearned(draft: Draft, handle: Handle): void {
  const attempt = draft.record.attempts?.at(-1);
  if (attempt === undefined) return;
  attempt.handle = handle;
  const isPlanned = ({ scope }: Resource): boolean =>
    draft.record.resources.some(({ resource }) => resource.scope === scope);
  const unplanned = handle.resources.filter((resource) => isShared(resource) && !isPlanned(resource));
  const named = handle.resources.filter((resource) => !unplanned.includes(resource));
  const resources = enterResources(draft.record, attempt.number, { ...handle, resources: named });
  if (resources.length > 0) draft.event({ type: 'resources', resources });
  const { state } = draft.record.cleanup;
  const isAsked = resources.length === 0 && (state === 'kept' || state === 'pending' || state === 'abandoned');
  if (attempt.stage === 'ended' && !isAsked) scheduleCleanup(draft);
  if (unplanned.length === 0) return;
  const { provider, driver } = draft.record.route;
  const message = `${provider}/${driver} named the shared resource ${unplanned.map(({ id }) => id).join(', ')} without having planned it`;
  const error = engineError('AD_PLUGIN_CONTRACT', message);
  requestStop(draft, { status: 'failed', error, retryStopped: 'not-retryable' }, error.code);
}

function provisioned(draft: Draft): void {
  if (draft.status !== 'provisioning') return;
  Object.assign(draft.attempt, { stage: 'intended', intendedAt: draft.now });
  draft.move('provisioned', 'starting');
  draft.effect('start');
}

function ended(draft: Draft, { end }: Extract<Input, { type: 'ended' }>): void {
  if (!draft.followed) return;
  const { record } = draft;
  const error =
    end.error ?? (end.status === 'failed' ? engineError('AD_TASK_FAILED', 'the work reported failure') : undefined);
  record.lastActivityAt = draft.now;
  record.startedAt ??= draft.now;
  record.outcome = { ...end, ...(error && { error }) };
  finishAttempt(draft, error);
  draft.move('ended', 'completing');
  if (end.uncollected) draft.effect('collect');
  else collected(draft, {});
}

function collected(
  draft: Draft,
  {
    result,
    error,
  }: { result?: NonNullable<TaskRecord['outcome']>['result']; error?: NonNullable<TaskRecord['outcome']>['error'] },
): void {
  const { outcome } = draft.record;
  if (draft.status !== 'completing' || outcome === undefined || outcome.status === 'lost') return;
  delete outcome.uncollected;
  if (result) outcome.result = result;
  if (error && outcome.status === 'succeeded') Object.assign(outcome, { status: 'failed', error });
  if (outcome.error) draft.event({ type: 'error', error: outcome.error });
  draft.event({ type: 'result' });
  draft.move('collected', outcome.status);
  scheduleCleanup(draft);
}

/** A proof that nothing was begun and nothing is under way any more: the only thing that permits another start. */
function notStarted(draft: Draft, proof: string): void {
  if (!draft.followed) return;
  if (draft.status !== 'starting') {
    return loseAttempt(draft, `it was heard from, but is now said never to have begun (${proof})`);
  }
  const { attempt } = draft;
  delete attempt.ambiguous;
  if (attempt.error) return failed(draft, { verb: 'start', error: attempt.error });
  draft.effect('start');
}

function interrupted(
  draft: Draft,
  { reason, error, followedMs = 0 }: Pick<Extract<Input, { type: 'interrupted' }>, 'reason' | 'error' | 'followedMs'>,
): void {
  if (!draft.followed) return;
  const { attempt, record, now } = draft;
  if (draft.status === 'starting') {
    attempt.ambiguous = true;
    if (error) attempt.error = error;
  }
  // A driver may notice the deadline first, and break off.
  if (expire(draft)) return;
  if (!record.route.resume) return loseAttempt(draft, reason);
  attempt.resumeTries = followedMs >= STEADY_MS ? 1 : (attempt.resumeTries ?? 0) + 1;
  if (attempt.resumeTries === 1) return draft.effect('resume');
  attempt.resumeAt = now + resumePause(attempt.resumeTries);
  draft.event({ type: 'retry', attempt: attempt.number, reason: `contact to the work was lost: ${reason}` });
}

function failed(draft: Draft, { verb, error }: Pick<Extract<Input, { type: 'failed' }>, 'verb' | 'error'>): void {
  // A resume that fails says nothing about the work: it is asked again until the deadline.
  if (verb === 'resume') return interrupted(draft, { reason: error.message });
  if (draft.status !== 'provisioning' && !draft.followed) return;
  const { record, attempt, now } = draft;
  const pauseEnds = now + retryPause(attempt.number);
  const stopped =
    !error.retryable || attempt.stage === 'contacted' || attempt.ambiguous
      ? 'not-retryable'
      : attempt.number >= (record.request.retry.maxAttempts ?? 1)
        ? 'max-attempts'
        : pauseEnds >= record.deadlineAt
          ? 'deadline'
          : undefined;
  finishAttempt(draft, error);
  if (stopped === undefined) {
    record.retryAt = pauseEnds;
    draft.event({ type: 'retry', attempt: attempt.number, error });
    draft.move('retry', 'queued', error.code);
  } else {
    record.outcome = { status: 'failed', error, retryStopped: stopped };
    draft.event({ type: 'error', error });
    draft.move('attempt-failed', 'failed', error.code);
  }
  // What provisioning asked for last may still be made, where nobody said that it was refused.
  scheduleCleanup(draft, verb === 'provision' && !isCertain(error) ? settledAt(draft) : now);
}

function command(draft: Draft, { command: { kind, body } }: Extract<Input, { type: 'command' }>): void {
  if (kind === 'message') return messageGiven(draft, body as unknown as GivenMessage);
  if (draft.terminal) return releaseNow(draft);
  if (kind === 'cleanup') return;
  const reason = typeof body['reason'] === 'string' ? body['reason'] : undefined;
  draft.event({ type: 'cancel_requested', ...(reason !== undefined && { reason }) });
  requestStop(draft, { status: 'cancelled', retryStopped: 'cancelled' }, reason);
}
