// Recovery: what a new owner does with a task that another process left, in every state.
import { describe, expect, it } from '@jest/globals';
import type { TaskStatus } from '@agent-dispatch/schemas';
import type { Input } from './inputs.js';
import { inState, play, retryable, SECOND, step, T0, type TaskOptions } from './testdata/tasks.js';

const recovered: Input = { type: 'recovered' };
const interrupted: Input = { type: 'interrupted', reason: 'the connection broke' };
const startFails: Input = { type: 'failed', verb: 'start', error: retryable };
const patient: TaskOptions = { request: { retry: { maxAttempts: 3 } } };

type Row = [TaskStatus, { resume: boolean; startIdempotent: boolean }, string[], TaskStatus];
const pairs = [false, true].flatMap((resume) => [false, true].map((startIdempotent) => ({ resume, startIdempotent })));
const always = (status: TaskStatus, effects: string[]): Row[] => pairs.map((route) => [status, route, effects, status]);
const followed = (status: TaskStatus): Row[] =>
  pairs.map((route) => (route.resume ? [status, route, ['resume'], status] : [status, route, ['cleanup'], 'lost']));

describe('a task found by a new owner', () => {
  it.each<Row>([
    ...always('queued', ['plan']),
    ...always('provisioning', ['provision']),
    ['starting', { resume: false, startIdempotent: false }, ['cleanup'], 'lost'],
    ['starting', { resume: true, startIdempotent: false }, ['resume'], 'starting'],
    ['starting', { resume: false, startIdempotent: true }, ['start'], 'starting'],
    ['starting', { resume: true, startIdempotent: true }, ['start'], 'starting'],
    ...followed('running'),
    ...followed('input_required'),
    ...always('cancelling', ['stop']),
    ...always('completing', ['collect']),
    ...(['succeeded', 'failed', 'cancelled', 'lost'] as const).flatMap((status) => always(status, ['cleanup'])),
  ])('in %s with %j does %j and is %s', (status, route, effects, then) => {
    const next = step(inState(status, { route }), recovered);
    expect([next.effects, next.record.status]).toEqual([effects, then]);
  });

  it.each(['queued', 'provisioning', 'starting', 'running', 'input_required'] as const)(
    'in %s after its deadline begins nothing',
    (status) => {
      const next = step(inState(status), recovered, T0 + 3600 * SECOND);
      expect(next.record.outcome?.error?.code).toBe('AD_TASK_TIMEOUT');
      expect(next.effects).toEqual(status === 'queued' ? [] : ['stop']);
    },
  );

  it('goes on waiting for a pause that is not over', () => {
    const { record } = play(inState('starting', patient), [startFails]);
    const next = step(record, recovered);
    expect(next).toMatchObject({ record: { status: 'queued' }, wakeAt: T0 + SECOND });
    expect(next.effects).not.toContain('plan');
  });

  it('is resumed once, also when a later resume was planned', () => {
    const { record } = play(inState('running'), [interrupted, interrupted]);
    const next = step(record, recovered);
    expect(next.effects).toEqual(['resume']);
    expect(next.record.attempts?.[0]).not.toHaveProperty('resumeAt');
  });
});
