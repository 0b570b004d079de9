// What is released when, as the reducer decides it.
import { describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { Input } from './inputs.js';
import {
  cancelCommand,
  contact,
  handleWith,
  newTask,
  play,
  planned,
  provisioned,
  resource,
  retryable,
  SECOND,
  step,
  succeeded,
  T0,
} from './testdata/tasks.js';
import { MAX_CLEANUP_TRIES } from './timing.js';

const states = ({ resources }: TaskRecord): string[] => resources.map(({ state }) => state);
const verified = (id: string): Extract<Input, { type: 'cleaned' }>['proofs'][number] => ({ id, proof: 'verified' });
const inVain: Input = { type: 'cleaned', proofs: [] };
const ambiguous = { ...retryable, details: { ambiguous: true } };

describe('after provisioning of which nobody knows what it made', () => {
  const task = newTask({ route: { settleSeconds: 60 }, request: { retry: { maxAttempts: 2 } } });
  const { record } = play(task, [planned, { type: 'failed', verb: 'provision', error: ambiguous }]);

  it.each<[string, Input]>([
    ['a cancel', cancelCommand()],
    ['a refusal to plan again', { type: 'refused', error: retryable }],
  ])('%s does not cut the wait short in which it may still appear', (_what, input) => {
    const next = step(record, input, T0 + SECOND);
    expect(next.effects).toEqual([]);
    expect(next.record.cleanup).toMatchObject({ state: 'pending', nextAt: T0 + 60 * SECOND });
    expect(step(next.record, { type: 'tick' }, T0 + 60 * SECOND).effects).toEqual(['cleanup']);
  });
});

describe('a start that may be under way and that no cancel reached', () => {
  it('is given its settle time before what it may use is removed', () => {
    const task = newTask({ route: { settleSeconds: 60 } });
    const failures = Array.from({ length: 5 }, (): Input => ({ type: 'cancel-failed', error: retryable }));
    const { record, effects } = play(task, [planned, provisioned, cancelCommand(), ...failures]);
    expect(record).toMatchObject({ status: 'cancelled', cleanup: { state: 'pending', nextAt: T0 + 60 * SECOND } });
    expect(effects).toEqual([]);
  });
});

describe('a resource that cannot be released', () => {
  const kept = { ...resource('kept', 'task'), keepSeconds: 7 * 24 * 3600 };
  const tries = Array.from({ length: MAX_CLEANUP_TRIES }, () => inVain);
  const { record } = play(newTask(), [
    { type: 'planned', handle: handleWith(resource('stuck'), kept) },
    provisioned,
    contact,
    succeeded,
    ...tries,
  ]);

  it('is given up alone: what is kept is released in its time', () => {
    expect(states(record)).toEqual(['abandoned', 'planned']);
    const due = T0 + 7 * 24 * 3600 * SECOND;
    expect(record.cleanup).toMatchObject({ state: 'kept', nextAt: due });
    const begun = step(record, { type: 'tick' }, due);
    expect(begun.effects).toEqual(['cleanup']);
    const over = step(begun.record, { type: 'cleaned', proofs: [verified('kept')] }, due);
    expect(states(over.record)).toEqual(['abandoned', 'released']);
    expect(over.record.cleanup.state).toBe('abandoned');
  });

  it('is tried again when that is asked for', () => {
    const again = play(record, [
      { type: 'command', command: { commandId: 'c', inbox: 1, at: T0, kind: 'cleanup', body: {} } },
    ]);
    expect(again.effects).toContain('cleanup');
    expect(
      states(step(again.record, { type: 'cleaned', proofs: [verified('stuck'), verified('kept')] }).record),
    ).toEqual(['released', 'released']);
  });
});

describe('a failed cleanup', () => {
  it('keeps the proofs that were given before it failed', () => {
    const { record } = play(newTask(), [
      { type: 'planned', handle: handleWith(resource('one'), resource('two')) },
      provisioned,
      contact,
      succeeded,
    ]);
    const next = step(record, { type: 'cleanup-failed', error: retryable, proofs: [verified('one')] });
    expect(states(next.record)).toEqual(['released', 'planned']);
    expect(next.events).toContainEqual(expect.objectContaining({ type: 'cleanup', proofs: [verified('one')] }));
  });
});

describe('a resource of the task that every attempt names', () => {
  it('is kept after the last one', () => {
    const box: Input = { type: 'planned', handle: handleWith({ ...resource('box', 'task'), keepSeconds: 60 }) };
    const { record } = play(newTask({ request: { retry: { maxAttempts: 2 } } }), [
      box,
      { type: 'failed', verb: 'provision', error: retryable },
      box,
      provisioned,
      contact,
      succeeded,
    ]);
    expect(states(record)).toEqual(['planned', 'planned']);
    expect(record.cleanup).toMatchObject({ state: 'kept', nextAt: T0 + 60 * SECOND });
  });
});

describe('a late handle with a shared resource that was not planned', () => {
  const late = handleWith(resource('late'), resource('theirs', 'shared:theirs'));

  it('ends the task, and its own names are released', () => {
    const next = step(play(newTask(), [planned]).record, { type: 'handle', handle: late });
    expect(next.record).toMatchObject({ status: 'cancelling', outcome: { error: { code: 'AD_PLUGIN_CONTRACT' } } });
    expect(next.record.resources.map(({ resource: { id } }) => id)).toEqual(['box-1', 'late']);
    expect(next.record.attempts?.[0]?.handle).toEqual(late);
  });

  it('is no reason to change an end', () => {
    const { record } = play(newTask(), [planned, provisioned, contact, succeeded, { type: 'handle', handle: late }]);
    expect(record).toMatchObject({ status: 'succeeded', cleanup: { state: 'pending' } });
  });
});

describe('a resource that two attempts named', () => {
  it('is released when the cleanup of one of them has a proof, though that of the other failed', () => {
    const disk = { type: 'planned', handle: handleWith(resource('disk', 'task')) } as const;
    const throttled: Input = { type: 'failed', verb: 'provision', error: retryable };
    const { record } = play(newTask({ request: { retry: { maxAttempts: 2 } } }), [
      disk,
      throttled,
      disk,
      provisioned,
      succeeded,
    ]);
    const next = step(record, { type: 'cleanup-failed', error: retryable, proofs: [verified('disk')] });
    expect(states(next.record)).toEqual(['released', 'released']);
    expect(next.record.cleanup.state).toBe('done');
    expect(next.wakeAt).toBeUndefined();
  });
});
