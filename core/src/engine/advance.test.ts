// What the reducer decides about attempts: results, retry, unclear starts, broken connections.
import { describe, expect, it } from '@jest/globals';
import type { Input } from './inputs.js';
import {
  cancelCommand,
  contact,
  entered,
  fatal,
  HANDLE,
  handleWith,
  inState,
  newTask,
  planned,
  play,
  provisioned,
  question,
  resource,
  retryable,
  SECOND,
  step,
  succeeded,
  T0,
  type TaskOptions,
} from './testdata/tasks.js';
import { STEADY_MS } from './timing.js';

const recovered: Input = { type: 'recovered' };
const interrupted: Input = { type: 'interrupted', reason: 'the connection broke' };
const notStarted: Input = { type: 'not-started', proof: 'no directory was claimed' };
const startFails = (error: typeof retryable | typeof fatal): Input => ({ type: 'failed', verb: 'start', error });
const patient: TaskOptions = { request: { retry: { maxAttempts: 3 } } };

describe('a result', () => {
  it('ends the task in one step when it is in hand', () => {
    const next = step(inState('running'), succeeded, T0 + SECOND);
    expect(entered(next)).toEqual(['completing', 'succeeded']);
    expect(next.record).toMatchObject({ outcome: { status: 'succeeded' }, endedAt: T0 + SECOND });
  });

  it('that lies with the driver is collected first', () => {
    const next = step(inState('running'), { type: 'ended', end: { status: 'succeeded', uncollected: { file: '/r' } } });
    expect(next).toMatchObject({ record: { status: 'completing' }, effects: ['collect'] });
    const collected = step(next.record, { type: 'collected', result: { blob: 'result', size: 9 } });
    expect(collected.record.outcome).toEqual({ status: 'succeeded', result: { blob: 'result', size: 9 } });
  });

  it('that cannot be collected fails a success, and keeps the error of a failure', () => {
    const uncollected = { file: '/r' };
    const afterSuccess = play(inState('running'), [
      { type: 'ended', end: { status: 'succeeded', uncollected } },
      { type: 'collected', error: fatal },
    ]);
    expect(afterSuccess.record).toMatchObject({ status: 'failed', outcome: { error: fatal } });
    const afterFailure = play(inState('running'), [
      { type: 'ended', end: { status: 'failed', uncollected, error: retryable } },
      { type: 'collected', error: fatal },
    ]);
    expect(afterFailure.record).toMatchObject({ status: 'failed', outcome: { error: retryable } });
  });

  it('of failure without a reason gets one', () => {
    const next = step(inState('running'), { type: 'ended', end: { status: 'failed', exitCode: 2 } });
    expect(next.record.outcome).toMatchObject({ status: 'failed', exitCode: 2, error: { code: 'AD_TASK_FAILED' } });
  });
});

describe('another attempt', () => {
  it('follows a retryable failure before contact, after a pause, with a handle of its own', () => {
    const failed = step(inState('starting', patient), startFails(retryable));
    expect(failed).toMatchObject({ record: { status: 'queued', retryAt: T0 + SECOND }, wakeAt: T0 + SECOND });
    expect(step(failed.record, { type: 'tick' }, T0 + SECOND - 1).effects).toEqual([]);
    const due = step(failed.record, { type: 'tick' }, T0 + SECOND);
    expect(due.effects).toEqual(['plan']);
    const again = step(due.record, { type: 'planned', handle: handleWith(resource('box-2')) }, T0 + SECOND);
    expect(again.record.attempts?.map(({ number, stage }) => [number, stage])).toEqual([
      [1, 'ended'],
      [2, 'planned'],
    ]);
  });

  it('releases what belonged to the former one alone', () => {
    const both = play(newTask(patient), [
      { type: 'planned', handle: handleWith(resource('disk', 'task'), resource('box-1')) },
      { type: 'failed', verb: 'provision', error: retryable },
      { type: 'cleaned', proofs: ['disk', 'box-1'].map((id) => ({ id, proof: 'verified' as const })) },
    ]);
    expect(both.record.resources.map(({ state }) => state)).toEqual(['planned', 'released']);
  });

  const stops: [string, TaskOptions, readonly Input[], string][] = [
    ['the failure is not retryable', patient, [startFails(fatal)], 'not-retryable'],
    ['the work was heard from', patient, [contact, startFails(retryable)], 'not-retryable'],
    ['an earlier start may have landed', patient, [recovered, startFails(retryable)], 'not-retryable'],
    ['the attempts are used up', {}, [startFails(retryable)], 'max-attempts'],
    [
      'the deadline comes before it',
      { request: { retry: { maxAttempts: 3 }, limits: { timeoutSeconds: 1 } } },
      [startFails(retryable)],
      'deadline',
    ],
  ];
  it.each(stops)('is not made when %s', (_why, options, inputs, retryStopped) => {
    const { record } = play(inState('starting', options), inputs);
    expect(record).toMatchObject({ status: 'failed', outcome: { retryStopped } });
  });

  it('that cannot be planned releases what earlier ones left to the task', () => {
    const { record, effects } = play(newTask(patient), [
      { type: 'planned', handle: handleWith(resource('disk', 'task')) },
      { type: 'failed', verb: 'provision', error: retryable },
      { type: 'refused', error: fatal },
    ]);
    expect(record).toMatchObject({ status: 'failed', cleanup: { state: 'pending' } });
    expect(effects).toEqual(['cleanup']);
  });
});

describe('a broken connection', () => {
  it('is resumed at once, and later with growing pauses', () => {
    const first = step(inState('running'), interrupted);
    expect(first.effects).toEqual(['resume']);
    const second = step(step(first.record, contact).record, interrupted);
    expect(second).toMatchObject({ effects: [], wakeAt: T0 + 2 * SECOND });
    expect(second.events).toMatchObject([
      { type: 'retry', reason: 'contact to the work was lost: the connection broke' },
    ]);
    const third = step(step(second.record, { type: 'tick' }, T0 + 2 * SECOND).record, interrupted, T0 + 2 * SECOND);
    expect(third.wakeAt).toBe(T0 + 6 * SECOND);
  });

  it('that had held for long counts as the first', () => {
    const twice = play(inState('running'), [interrupted, interrupted]);
    const next = step(twice.record, { type: 'interrupted', reason: 'reset', followedMs: STEADY_MS });
    expect(next.effects).toEqual(['resume']);
  });

  it.each([true, false])('at the deadline is the end of its time, not of contact (resumable: %s)', (resume) => {
    const late = T0 + 3600 * SECOND;
    const { record, effects } = step(inState('running', { route: { resume } }), interrupted, late);
    expect(record).toMatchObject({ status: 'cancelling', outcome: { error: { code: 'AD_TASK_TIMEOUT' } } });
    expect(effects).toEqual(['stop']);
  });

  it('loses work that cannot be asked after', () => {
    const { record } = step(inState('running', { route: { resume: false } }), interrupted);
    expect(record).toMatchObject({ status: 'lost', outcome: { error: { code: 'AD_TASK_OUTCOME_UNKNOWN' } } });
  });

  it('when a resume fails is asked about again, not taken for an end', () => {
    const next = step(inState('running'), { type: 'failed', verb: 'resume', error: fatal });
    expect(next).toMatchObject({ record: { status: 'running' }, effects: ['resume'] });
  });
});

describe('a proof that nothing was begun', () => {
  it('permits the start again', () => {
    const next = play(inState('starting'), [interrupted, notStarted]);
    expect(next).toMatchObject({ record: { status: 'starting' }, effects: ['start'] });
    expect(next.record.attempts?.[0]).not.toHaveProperty('ambiguous');
  });

  it('makes the failure of that start certain', () => {
    const { record } = play(inState('starting'), [{ type: 'interrupted', reason: 'thrown', error: fatal }, notStarted]);
    expect(record).toMatchObject({ status: 'failed', outcome: { error: fatal } });
  });

  it('about work that was heard from is not believed', () => {
    expect(step(inState('running'), notStarted).record.status).toBe('lost');
  });
});

describe('a question', () => {
  it('is shown until the work goes on to its end', () => {
    const asked = play(inState('starting'), [question, question]);
    expect(asked.record).toMatchObject({ status: 'input_required', inputRequests: [{ requestId: 'q' }] });
    expect(step(asked.record, succeeded).record).not.toHaveProperty('inputRequests');
    expect(step(asked.record, startFails(fatal)).record).not.toHaveProperty('inputRequests');
  });

  it('that is heard once more is the same, and one that is asked again after its answer, or in other words, is another', () => {
    const answer: Input = { type: 'answered', requestId: 'q' };
    const askedAt = ({ record }: ReturnType<typeof play>): unknown => record.inputRequests?.map((one) => one.askedAt);
    const asked = play(inState('starting'), [question], T0 + 1);
    const heardAgain = play(asked.record, [question], T0 + 2);
    expect([askedAt(asked), askedAt(heardAgain)]).toEqual([[T0 + 1], [T0 + 1]]);
    const other = { ...question, request: { requestId: 'q', question: 'Which two?' } } as Input;
    expect(askedAt(play(asked.record, [other], T0 + 3))).toEqual([T0 + 3]);
    expect(askedAt(play(asked.record, [answer, question], T0 + 4))).toEqual([T0 + 4]);
  });
});

describe('a driver that broke its contract', () => {
  it.each(['provisioning', 'starting', 'running', 'input_required'] as const)(
    'in %s has its work stopped before the task fails',
    (status) => {
      const next = step(inState(status), { type: 'broken', error: fatal });
      expect(next).toMatchObject({ record: { status: 'cancelling' }, effects: ['stop'] });
      const end = step(next.record, { type: 'cancelled', level: 'stopped' });
      expect(end.record).toMatchObject({ status: 'failed', outcome: { error: fatal } });
    },
  );
});

describe('a record', () => {
  it('given to advance is not changed', () => {
    const record = Object.freeze(newTask());
    step(record, { type: 'planned', handle: HANDLE });
    step(record, cancelCommand());
    expect(record).toEqual(newTask());
  });

  it('keeps one artifact of a name, and the latest progress', () => {
    const artifact = { name: 'a', size: 1, sha256: 'b'.repeat(64) };
    const { record } = play(inState('running'), [
      { type: 'artifact', artifact },
      { type: 'artifact', artifact: { ...artifact, size: 2 } },
      { type: 'progress', message: 'half' },
      { type: 'progress', fraction: 0.5 },
    ]);
    expect(record.artifacts).toEqual([{ ...artifact, size: 2 }]);
    expect(record.progress).toEqual({ message: 'half', fraction: 0.5 });
  });

  it('keeps the place after a fact with it', () => {
    const { record } = step(inState('running'), { type: 'message', text: 'hi', place: { cursor: '7', logOffset: 3 } });
    expect(record.attempts?.[0]).toMatchObject({ cursor: '7', logOffset: 3 });
  });
});

it('moves from provisioned to start by way of the stored intent', () => {
  const next = play(newTask(), [planned, provisioned]);
  expect(next.record).toMatchObject({ status: 'starting', attempts: [{ stage: 'intended', intendedAt: T0 }] });
  expect(next.effects).toEqual(['start']);
});
