// The reducer: from a task record and one fact to the next record, its events and what to do then. Pure; decides
// everything and does nothing. Facts that no longer matter in the present state change nothing.
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { NewEvent } from '../store/index.js';
import { finishAttempt, loseAttempt, requestStop, scheduleCleanup } from './endings.js';
import { Draft, engineError } from './draft.js';
import type { Effect, Input } from './inputs.js';
import { enterResources, release, releasable } from './ledger.js';
import { isTerminal } from './state-table.js';
import {
  cancelPause,
  cleanupPause,
  idleDeadline,
  MAX_CANCEL_TRIES,
  MAX_CLEANUP_TRIES,
  nextDue,
  provisionDeadline,
  resumePause,
  retryPause,
} from './timing.js';

export interface Advance {
  record: TaskRecord;
  events: NewEvent[];
  effects: Effect[];
  /** When the task wants a `tick`; undefined when it rests for good. */
  wakeAt: number | undefined;
}

/** @param now epoch milliseconds. The record given is not changed. */
export function advance(record: TaskRecord, input: Input, now: number): Advance {
  const draft = new Draft(structuredClone(record), now);
  if ('place' in input && input.place !== undefined) Object.assign(draft.attempt, input.place);
  decide(draft, input);
  draft.record.updatedAt = now;
  const lastContactAt = input.type === 'tick' ? input.lastContactAt : undefined;
  return {
    record: draft.record,
    events: draft.events,
    effects: draft.effects,
    wakeAt: nextDue(draft.record, lastContactAt),
  };
}

/** The work can still be heard from: nothing has decided its end. */
const isFollowed = (draft: Draft): boolean =>
  draft.status === 'starting' || draft.status === 'running' || draft.status === 'input_required';

function decide(draft: Draft, input: Input): void {
  switch (input.type) {
    case 'recovered':
      return recovered(draft);
    case 'planned':
      return planned(draft, input.handle);
    case 'refused':
      if (draft.status !== 'queued') return;
      draft.record.outcome = { status: 'failed', error: input.error };
      draft.event({ type: 'error', error: input.error });
      return draft.move('refused', 'failed', input.error.code);
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
    case 'ended':
      return ended(draft, input);
    case 'not-started':
      if (draft.status === 'starting') draft.effect('start');
      return;
    case 'interrupted':
      return interrupted(draft, input.reason);
    case 'vanished':
      if (isFollowed(draft)) loseAttempt(draft, input.reason);
      return;
    case 'failed':
      return failed(draft, input);
    case 'collected':
      return collected(draft, input);
    case 'command':
      return command(draft, input);
    case 'cancelled':
      return cancelled(draft, input.level);
    case 'cancel-failed':
      return cancelFailed(draft);
    case 'cleaned':
      return cleaned(draft, input);
    case 'cleanup-failed':
      return cleanupAgain(draft, input.error);
    case 'tick':
      return tick(draft, input.lastContactAt);
  }
}

/** What another process had under way is begun again in the way that has no double effect. */
function recovered(draft: Draft): void {
  const { status, route, retryAt, cleanup, cancel } = draft.record;
  if (status === 'queued' && (retryAt === undefined || retryAt <= draft.now)) draft.effect('plan');
  if (status === 'provisioning') draft.effect('provision');
  if (status === 'cancelling' && (cancel?.nextAt ?? 0) <= draft.now) draft.effect('stop');
  if (status === 'completing') draft.effect('collect');
  if (isFollowed(draft)) {
    if (status === 'starting') draft.attempt.ambiguous = true;
    if (status === 'starting' && route.startIdempotent) draft.effect('start');
    else if (route.resume) draft.effect('resume');
    else loseAttempt(draft, 'the process that followed the work ended, and this target cannot be asked again');
  }
  if (cleanup.state === 'pending' && (cleanup.nextAt ?? 0) <= draft.now) draft.effect('cleanup');
}

function planned(draft: Draft, handle: Parameters<typeof enterResources>[2]): void {
  if (draft.status !== 'queued') return;
  const { record, now } = draft;
  const number = record.attempt + 1;
  record.attempt = number;
  record.attempts = [...(record.attempts ?? []), { number, stage: 'planned', plannedAt: now, handle }];
  delete record.retryAt;
  delete record.waitingFor;
  draft.event({ type: 'attempt', attempt: number });
  const resources = enterResources(record, number, handle);
  if (resources.length > 0) draft.event({ type: 'resources', resources });
  draft.move('planned', 'provisioning');
  draft.effect('provision');
}

function handleLearned(draft: Draft, handle: Parameters<typeof enterResources>[2]): void {
  draft.attempt.handle = handle;
  const resources = enterResources(draft.record, draft.attempt.number, handle);
  if (resources.length > 0) draft.event({ type: 'resources', resources });
  if (draft.terminal) scheduleCleanup(draft);
}

function provisioned(draft: Draft): void {
  if (draft.status !== 'provisioning') return;
  Object.assign(draft.attempt, { stage: 'intended', intendedAt: draft.now });
  draft.move('provisioned', 'starting');
  draft.effect('start');
}

function contact(draft: Draft): void {
  if (!isFollowed(draft)) return;
  draft.record.lastActivityAt = draft.now;
  delete draft.attempt.ambiguous;
  delete draft.attempt.resumeTries;
  if (draft.status !== 'starting') return;
  draft.attempt.stage = 'contacted';
  draft.record.startedAt ??= draft.now;
  draft.move('contact', 'running');
}

function heard(
  draft: Draft,
  input: Extract<Input, { type: 'progress' | 'message' | 'artifact' | 'gap' | 'handoff' }>,
): void {
  if (draft.terminal) return;
  contact(draft);
  const { record } = draft;
  switch (input.type) {
    case 'progress': {
      const { message, fraction } = input;
      record.progress = {
        ...record.progress,
        ...(message !== undefined && { message }),
        ...(fraction !== undefined && { fraction }),
      };
      return draft.event({ type: 'progress', ...record.progress });
    }
    case 'message':
      return draft.event({
        type: 'message',
        role: 'agent',
        message: input.text,
        ...(input.raw !== undefined && { raw: input.raw }),
      });
    case 'artifact':
      record.artifacts = [
        ...(record.artifacts ?? []).filter(({ name }) => name !== input.artifact.name),
        input.artifact,
      ];
      return draft.event({ type: 'artifact', artifact: input.artifact });
    case 'gap':
      return draft.event({
        type: 'gap',
        ...(input.from !== undefined && { gapFrom: input.from }),
        ...(input.to !== undefined && { gapTo: input.to }),
      });
    case 'handoff':
      record.handoff = input.handoff;
      return;
  }
}

function asked(draft: Draft, { request }: Extract<Input, { type: 'asked' }>): void {
  if (!isFollowed(draft)) return;
  contact(draft);
  const { record } = draft;
  record.inputRequests = [
    ...(record.inputRequests ?? []).filter(({ requestId }) => requestId !== request.requestId),
    request,
  ];
  draft.event({ type: 'input_required', inputRequest: request });
  if (draft.status !== 'input_required') draft.move('asked', 'input_required');
}

function ended(draft: Draft, { end }: Extract<Input, { type: 'ended' }>): void {
  if (!isFollowed(draft)) return;
  const { record } = draft;
  const error =
    end.error ?? (end.status === 'failed' ? engineError('AD_TASK_FAILED', 'the work reported failure') : undefined);
  record.lastActivityAt = draft.now;
  record.startedAt ??= draft.now;
  record.outcome = { ...end, ...(error && { error }) };
  delete record.inputRequests;
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
  if (error) Object.assign(outcome, { status: 'failed', error });
  if (outcome.error) draft.event({ type: 'error', error: outcome.error });
  draft.event({ type: 'result' });
  draft.move('collected', outcome.status);
  scheduleCleanup(draft);
}

function interrupted(draft: Draft, reason: string): void {
  if (!isFollowed(draft)) return;
  const { attempt, record, now } = draft;
  if (draft.status === 'starting') attempt.ambiguous = true;
  if (!record.route.resume) return loseAttempt(draft, reason);
  attempt.resumeTries = (attempt.resumeTries ?? 0) + 1;
  if (attempt.resumeTries === 1) draft.effect('resume');
  else attempt.resumeAt = now + resumePause(attempt.resumeTries);
}

function failed(draft: Draft, { verb, error }: Extract<Input, { type: 'failed' }>): void {
  // A resume that fails says nothing about the work: it is asked again until the deadline.
  if (verb === 'resume') return interrupted(draft, error.message);
  if (draft.status !== 'provisioning' && !isFollowed(draft)) return;
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
  scheduleCleanup(draft);
}

function command(draft: Draft, { command: { kind, body } }: Extract<Input, { type: 'command' }>): void {
  if (kind !== 'cancel' || draft.terminal) return;
  const reason = typeof body['reason'] === 'string' ? body['reason'] : undefined;
  draft.event({ type: 'cancel_requested', ...(reason !== undefined && { reason }) });
  requestStop(draft, { status: 'cancelled', retryStopped: 'cancelled' }, reason);
}

function cancelled(draft: Draft, level: 'stopped' | 'requested' | 'unsupported'): void {
  const { cancel, outcome, route } = draft.record;
  if (draft.status !== 'cancelling' || !cancel || !outcome) return;
  cancel.level = level;
  draft.event({ type: 'cancel_level', level });
  if (draft.attempt.ambiguous && route.settleSeconds > 0 && !cancel.settled) {
    // A start that was sent may land after this cancel: once its settle time is over, cancel again.
    cancel.settled = true;
    cancel.nextAt = draft.now + route.settleSeconds * 1000;
    return;
  }
  stopped(draft);
}

function cancelFailed(draft: Draft): void {
  const { cancel } = draft.record;
  if (draft.status !== 'cancelling' || !cancel) return;
  cancel.tries += 1;
  if (cancel.tries < MAX_CANCEL_TRIES) cancel.nextAt = draft.now + cancelPause(cancel.tries);
  else {
    cancel.level = 'unsupported';
    draft.event({ type: 'cancel_level', level: 'unsupported' });
    stopped(draft);
  }
}

function stopped(draft: Draft): void {
  const { outcome, cancel } = draft.record;
  if (outcome?.status !== 'cancelled' && outcome?.status !== 'failed') return;
  delete cancel?.nextAt;
  if (outcome.error) draft.event({ type: 'error', error: outcome.error });
  finishAttempt(draft, outcome.error);
  draft.move('stopped', outcome.status);
  scheduleCleanup(draft);
}

function cleaned(draft: Draft, { proofs }: Extract<Input, { type: 'cleaned' }>): void {
  const fresh = release(draft.record, proofs, draft.now);
  if (releasable(draft.record).length > 0) return cleanupAgain(draft, undefined, fresh);
  draft.record.cleanup = { state: 'done', tries: draft.record.cleanup.tries };
  draft.event({ type: 'cleanup', state: 'done', ...(fresh.length > 0 && { proofs: fresh }) });
}

function cleanupAgain(
  draft: Draft,
  error?: NonNullable<TaskRecord['cleanup']['error']>,
  proofs: Extract<Input, { type: 'cleaned' }>['proofs'] = [],
): void {
  const tries = draft.record.cleanup.tries + 1;
  const more = { ...(error && { error }), ...(proofs.length > 0 && { proofs: [...proofs] }) };
  if (tries >= MAX_CLEANUP_TRIES) {
    draft.record.cleanup = { state: 'abandoned', tries, ...(error && { error }) };
    draft.event({ type: 'cleanup', state: 'abandoned', ...more });
  } else {
    draft.record.cleanup = {
      state: 'pending',
      tries,
      nextAt: draft.now + cleanupPause(tries),
      ...(error && { error }),
    };
    draft.event({ type: 'cleanup', state: 'pending', ...more });
  }
}

function tick(draft: Draft, lastContactAt: number | undefined): void {
  const { record, now } = draft;
  const due = (time: number | undefined): boolean => time !== undefined && time <= now;
  if (record.cleanup.state === 'pending' && due(record.cleanup.nextAt)) draft.effect('cleanup');
  if (isTerminal(record.status) || record.status === 'completing') return;
  if (record.status === 'cancelling') {
    if (!due(record.cancel?.nextAt)) return;
    delete record.cancel?.nextAt;
    return draft.effect('stop');
  }
  const { timeoutSeconds, provisionSeconds, idleSeconds } = record.request.limits;
  if (due(record.deadlineAt))
    return expire(draft, 'AD_TASK_TIMEOUT', `the task did not end within ${String(timeoutSeconds)} s`);
  if (due(provisionDeadline(record)))
    return expire(draft, 'AD_TASK_PROVISION_TIMEOUT', `the target was not ready within ${String(provisionSeconds)} s`);
  if (due(idleDeadline(record, lastContactAt)))
    return expire(draft, 'AD_TASK_IDLE_TIMEOUT', `nothing was heard for ${String(idleSeconds)} s`);
  if (record.status === 'queued') {
    if (record.retryAt === undefined || due(record.retryAt)) draft.effect('plan');
    return;
  }
  const attempt = draft.attempt;
  if (!due(attempt.resumeAt)) return;
  delete attempt.resumeAt;
  draft.effect('resume');
}

function expire(
  draft: Draft,
  code: 'AD_TASK_TIMEOUT' | 'AD_TASK_PROVISION_TIMEOUT' | 'AD_TASK_IDLE_TIMEOUT',
  message: string,
): void {
  requestStop(draft, { status: 'failed', error: engineError(code, message), retryStopped: 'deadline' }, message);
}
