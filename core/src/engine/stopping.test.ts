// Cancel, deadlines and cleanup, as the reducer decides them.
import { describe, expect, it } from '@jest/globals';
import type { CleanupProof } from '@agent-dispatch/schemas';
import type { Input } from './inputs.js';
import {
  cancelCommand,
  contact,
  entered,
  HANDLE,
  handleWith,
  inState,
  newTask,
  play,
  resource,
  retryable,
  SECOND,
  step,
  succeeded,
  T0,
} from './testdata/tasks.js';
import { MAX_CANCEL_TRIES, MAX_CLEANUP_TRIES } from './timing.js';

const tick: Input = { type: 'tick' };
const stopped: Input = { type: 'cancelled', level: 'stopped' };
const verified = (id: string): CleanupProof => ({ id, proof: 'verified' });
const settling = { route: { settleSeconds: 30 } };

describe('a cancel', () => {
  it('ends a queued task at once', () => {
    const next = step(newTask(), cancelCommand('no need'));
    expect(next).toMatchObject({ record: { status: 'cancelled' }, effects: [], wakeAt: undefined });
    expect(next.events[0]).toEqual({ type: 'cancel_requested', reason: 'no need' });
  });

  it.each(['provisioning', 'starting', 'running', 'input_required'] as const)(
    'in %s stops what is under way, then ends the task and releases what it holds',
    (status) => {
      const next = step(inState(status), cancelCommand());
      expect(next).toMatchObject({ record: { status: 'cancelling' }, effects: ['stop'] });
      const end = step(next.record, stopped, T0 + SECOND);
      expect(end.record).toMatchObject({ status: 'cancelled', cancel: { level: 'stopped' } });
      expect(end.effects).toEqual(['cleanup']);
    },
  );

  it('after a stored success does not change it', () => {
    const { record } = play(inState('completing'), [cancelCommand(), { type: 'collected', result: { inline: 1 } }]);
    expect(record).toMatchObject({ status: 'succeeded', outcome: { result: { inline: 1 } } });
  });

  it('that was accepted first wins over a success told later', () => {
    const { record } = play(inState('running'), [cancelCommand(), succeeded, stopped]);
    expect(record.status).toBe('cancelled');
  });

  it('repeated while it is carried out changes nothing but the list of requests', () => {
    const next = step(inState('cancelling'), cancelCommand());
    expect(next.effects).toEqual([]);
    expect(next.events).toEqual([{ type: 'cancel_requested' }]);
  });

  it('of a start whose effect is unclear is made again after the settle time', () => {
    const first = play(inState('starting', settling), [cancelCommand(), stopped]);
    expect(first).toMatchObject({ record: { status: 'cancelling' }, wakeAt: T0 + 30 * SECOND });
    expect(step(first.record, tick, T0 + 30 * SECOND - 1).effects).toEqual([]);
    const again = step(first.record, tick, T0 + 30 * SECOND);
    expect(again).toMatchObject({ effects: ['stop'], wakeAt: undefined });
    expect(step(again.record, stopped, T0 + 31 * SECOND).record.status).toBe('cancelled');
  });

  it('of work that was heard from is made once', () => {
    expect(play(inState('running', settling), [cancelCommand(), stopped]).record.status).toBe('cancelled');
  });

  it('that fails is tried again, and in the end the task ends without it', () => {
    let { record } = step(inState('running'), cancelCommand());
    for (let tries = 1; tries < MAX_CANCEL_TRIES; tries += 1) {
      const failed = step(record, { type: 'cancel-failed', error: retryable }, T0);
      expect(failed.wakeAt).toBe(T0 + 2 ** (tries - 1) * SECOND);
      const due = step(failed.record, tick, failed.wakeAt);
      expect(due.effects).toEqual(['stop']);
      record = due.record;
    }
    const end = step(record, { type: 'cancel-failed', error: retryable });
    expect(end.record).toMatchObject({ status: 'cancelled', cancel: { level: 'unsupported' } });
    expect(end.effects).toEqual(['cleanup']);
  });
});

describe('a deadline', () => {
  const limits = { timeoutSeconds: 100, provisionSeconds: 10, idleSeconds: 20 };
  const limited = { request: { limits } };

  it.each(['provisioning', 'starting', 'running', 'input_required'] as const)('of the task is told in %s', (status) => {
    const roomy = { request: { limits: { timeoutSeconds: 100, provisionSeconds: 1000 } } };
    const before = inState(status, roomy);
    expect(step(before, tick, T0 + 100 * SECOND - 1).effects).toEqual([]);
    const next = play(before, [tick, stopped], T0 + 100 * SECOND);
    expect(next.record).toMatchObject({
      status: 'failed',
      outcome: { error: { code: 'AD_TASK_TIMEOUT' }, retryStopped: 'deadline' },
    });
  });

  it('of provisioning counts from the plan', () => {
    const before = step(newTask(limited), { type: 'planned', handle: HANDLE }, T0 + 5 * SECOND);
    expect(before.wakeAt).toBe(T0 + 15 * SECOND);
    const next = step(before.record, tick, T0 + 15 * SECOND);
    expect(next.record.outcome?.error?.code).toBe('AD_TASK_PROVISION_TIMEOUT');
  });

  it('names the default where the request sets none', () => {
    const next = step(inState('provisioning', { request: { limits: {} } }), tick, T0 + 600 * SECOND);
    expect(next.record.outcome?.error?.message).toBe('the target was not ready within 600 s');
  });

  it('of silence counts from the last contact, output included', () => {
    const before = inState('running', limited);
    const heard: Input = { type: 'tick', lastContactAt: T0 + 15 * SECOND };
    expect(step(before, heard, T0 + 20 * SECOND)).toMatchObject({
      record: { status: 'running' },
      wakeAt: T0 + 35 * SECOND,
    });
    const next = step(before, heard, T0 + 35 * SECOND);
    expect(next.record.outcome?.error?.code).toBe('AD_TASK_IDLE_TIMEOUT');
  });

  it('of silence is left to those who listen: a new owner listens first', () => {
    expect(step(inState('running', limited), { type: 'recovered' }, T0 + 50 * SECOND).effects).toEqual(['resume']);
  });

  it('of silence does not count while the work waits for an answer', () => {
    expect(step(inState('input_required', limited), tick, T0 + 50 * SECOND).effects).toEqual([]);
  });

  it('does not disturb an end that is stored', () => {
    expect(step(inState('completing'), tick, T0 + 7200 * SECOND).record.status).toBe('completing');
  });
});

describe('cleanup', () => {
  const ended = () => step(inState('running'), succeeded);

  it('is not asked for when the task holds nothing', () => {
    const borrowed = handleWith(resource('theirs', 'borrowed'));
    const { record, effects } = play(newTask(), [
      { type: 'planned', handle: borrowed },
      { type: 'provisioned' },
      contact,
      succeeded,
    ]);
    expect(record.cleanup.state).toBe('none');
    expect(effects).toEqual([]);
  });

  it('is done when everything has a proof', () => {
    const next = step(ended().record, { type: 'cleaned', proofs: [verified('box-1')] }, T0 + SECOND);
    expect(next.record.cleanup).toEqual({ state: 'done', tries: 0 });
    expect(next.record.resources[0]).toMatchObject({ state: 'released', releasedAt: T0 + SECOND });
    expect(next.wakeAt).toBeUndefined();
  });

  it('does not take a proof for what it may not release', () => {
    const shared = handleWith(resource('theirs', 'borrowed'), resource('box-1'));
    const { record } = play(newTask(), [
      { type: 'planned', handle: shared },
      { type: 'provisioned' },
      succeeded,
      { type: 'cleaned', proofs: [verified('theirs'), verified('box-1')] },
    ]);
    expect(record.resources.map(({ state }) => state)).toEqual(['planned', 'released']);
  });

  it('is tried again with growing pauses when a proof is missing or the verb fails', () => {
    const missing = step(ended().record, { type: 'cleaned', proofs: [] });
    expect(missing).toMatchObject({ wakeAt: T0 + SECOND, record: { status: 'succeeded', cleanup: { tries: 1 } } });
    const due = step(missing.record, tick, T0 + SECOND);
    expect(due).toMatchObject({ effects: ['cleanup'], wakeAt: undefined });
    const failed = step(due.record, { type: 'cleanup-failed', error: retryable }, T0 + SECOND);
    expect(failed).toMatchObject({ wakeAt: T0 + 3 * SECOND, record: { cleanup: { error: retryable } } });
  });

  it('is given up at last, and leaves the outcome alone', () => {
    let { record } = ended();
    for (let tries = 1; tries <= MAX_CLEANUP_TRIES; tries += 1) {
      const failed = step(record, { type: 'cleanup-failed', error: retryable });
      record = step(failed.record, tick, failed.wakeAt ?? T0).record;
    }
    expect(record).toMatchObject({ status: 'succeeded', cleanup: { state: 'abandoned', tries: MAX_CLEANUP_TRIES } });
  });

  it('under way is not begun a second time by another due time', () => {
    expect(step(ended().record, tick, T0 + SECOND).effects).toEqual([]);
  });

  it('after a lost start waits until that start would have landed', () => {
    const next = step(inState('starting', settling), { type: 'vanished', reason: 'no answer' });
    expect(next.record.status).toBe('lost');
    const unclear = step(inState('starting', { route: { settleSeconds: 30, resume: false } }), { type: 'recovered' });
    expect(entered(unclear)).toEqual(['lost']);
    expect(unclear).toMatchObject({ effects: [], wakeAt: T0 + 30 * SECOND });
  });

  it('after provisioning that was broken off waits until what it had asked for would be there', () => {
    const { record, effects, wakeAt } = play(inState('provisioning', settling), [cancelCommand(), stopped]);
    expect([record.status, record.cleanup.state]).toEqual(['cancelled', 'pending']);
    expect([effects, wakeAt]).toEqual([[], T0 + 30 * SECOND]);
  });

  it.each([
    ['an error that nobody foresaw', { code: 'AD_PROVIDER_INTERNAL' }, T0 + 30 * SECOND],
    ['an answer that leaves the effect open', { details: { ambiguous: true } }, T0 + 30 * SECOND],
    ['a refusal', {}, undefined],
  ])('after provisioning that ended with %s waits as long as that may mean something', (_what, error, wakeAt) => {
    const failed: Input = { type: 'failed', verb: 'provision', error: { ...retryable, ...error } };
    const next = step(inState('provisioning', settling), failed);
    expect(next.record.status).toBe('failed');
    expect(next.effects).toEqual(wakeAt === undefined ? ['cleanup'] : []);
    expect(next.wakeAt).toBe(wakeAt);
  });
});
