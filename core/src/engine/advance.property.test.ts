// Whatever is told in whatever order, at whatever time: the promises that hold for every task.
import { describe, expect, it } from '@jest/globals';
import type { Handle, TaskRecord } from '@agent-dispatch/schemas';
import fc from 'fast-check';
import type { Advance } from './advance.js';
import type { Input } from './inputs.js';
import { isTerminal, TRANSITIONS } from './state-table.js';
import {
  cancelCommand,
  contact,
  entered,
  fatal,
  handleWith,
  newTask,
  provisioned,
  question,
  resource,
  retryable,
  SECOND,
  step,
  succeeded,
  T0,
} from './testdata/tasks.js';

const resources = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    scope: fc.constantFrom('attempt', 'task', 'borrowed'),
  }),
  { selector: ({ id }) => id, maxLength: 3 },
);
const handle: fc.Arbitrary<Handle> = resources.map((all) =>
  handleWith(...all.map(({ id, scope }) => resource(id, scope))),
);
const error = fc.constantFrom(retryable, fatal);
const proofs = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'))
  .map((ids) => ids.map((id) => ({ id, proof: 'verified' as const })));

const plain: readonly Input[] = [
  { type: 'recovered' },
  { type: 'tick' },
  provisioned,
  contact,
  question,
  succeeded,
  cancelCommand(),
  { type: 'waiting', slot: 'tasks' },
  { type: 'progress', fraction: 0.5, place: { cursor: '1', logOffset: 0 } },
  { type: 'ended', end: { status: 'failed', uncollected: { file: '/r' } } },
  { type: 'collected', result: { inline: 1 } },
  { type: 'collected', error: fatal },
  { type: 'interrupted', reason: 'reset' },
  { type: 'interrupted', reason: 'thrown', error: fatal },
  { type: 'not-started', proof: 'seen' },
  { type: 'vanished', reason: 'gone' },
  { type: 'broken', error: fatal },
  { type: 'cancelled', level: 'stopped' },
  { type: 'cancel-failed', error: retryable },
];
const input: fc.Arbitrary<Input> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...plain) },
  handle.map((given): Input => ({ type: 'planned', handle: given })),
  handle.map((given): Input => ({ type: 'handle', handle: given })),
  error.map((given): Input => ({ type: 'refused', error: given })),
  fc
    .tuple(fc.constantFrom('provision' as const, 'start' as const, 'resume' as const), error)
    .map(([verb, given]): Input => ({ type: 'failed', verb, error: given })),
  error.map((given): Input => ({ type: 'cleanup-failed', error: given })),
  proofs.map((given): Input => ({ type: 'cleaned', proofs: given })),
);

const task = fc
  .record({
    resume: fc.boolean(),
    startIdempotent: fc.boolean(),
    settleSeconds: fc.constantFrom(0, 30),
    maxAttempts: fc.constantFrom(1, 3),
  })
  .map(({ maxAttempts, ...route }) => newTask({ route, request: { retry: { maxAttempts } } }));

const history = fc.array(fc.tuple(input, fc.constantFrom(0, 0, 1, 5, 60, 900)), { maxLength: 40 });

interface Step {
  before: TaskRecord;
  input: Input;
  next: Advance;
}

function run(record: TaskRecord, inputs: readonly (readonly [Input, number])[]): Step[] {
  let now = T0;
  let before = record;
  return inputs.map(([told, seconds]) => {
    now += seconds * SECOND;
    const next = step(before, told, now);
    const done = { before, input: told, next };
    before = next.record;
    return done;
  });
}

const LEGAL = new Set(TRANSITIONS.map(([from, , to]) => `${from} ${to}`));
const held = (record: TaskRecord): TaskRecord['resources'] =>
  record.resources.filter(({ state, resource: { scope } }) => state === 'planned' && scope !== 'borrowed');

const always = (holds: (steps: readonly Step[]) => void): void => {
  fc.assert(
    fc.property(task, history, (record, inputs) => holds(run(record, inputs))),
    { numRuns: 400 },
  );
};

describe('for any sequence of facts', () => {
  it('a task moves along the table, and ends once at most', () => {
    always((steps) => {
      const moves = steps.flatMap(({ next }) => next.events.filter(({ type }) => type === 'status'));
      for (const { from, to } of moves) expect(LEGAL).toContain(`${String(from)} ${String(to)}`);
      moves.slice(1).forEach(({ from }, index) => expect(from).toBe(moves[index]?.to));
      expect(moves.filter(({ to }) => to !== undefined && isTerminal(to)).length).toBeLessThanOrEqual(1);
    });
  });

  it('an end is never altered', () => {
    always((steps) => {
      for (const { before, next } of steps.filter((done) => isTerminal(done.before.status))) {
        const { status, outcome, endedAt } = next.record;
        expect({ status, outcome, endedAt }).toEqual({
          status: before.status,
          outcome: before.outcome,
          endedAt: before.endedAt,
        });
      }
    });
  });

  it('nothing is begun once a stop was accepted', () => {
    always((steps) => {
      const stopping = steps.findIndex(
        ({ next }) => entered(next).includes('cancelling') || isTerminal(next.record.status),
      );
      if (stopping < 0) return;
      const effects = steps.slice(stopping).flatMap(({ next }) => next.effects);
      expect(effects.filter((effect) => ['plan', 'provision', 'start', 'resume'].includes(effect))).toEqual([]);
    });
  });

  it('no resource is forgotten: an ended task has released, or will release, all that was ever planned', () => {
    always((steps) => {
      for (const { before, next } of steps) {
        expect(next.record.resources.length).toBeGreaterThanOrEqual(before.resources.length);
        if (!isTerminal(next.record.status) || held(next.record).length === 0) continue;
        expect(['pending', 'abandoned']).toContain(next.record.cleanup.state);
      }
    });
  });

  it('no open task rests for good: it is due some time, or an effect of it is under way', () => {
    always((steps) => {
      for (const { next } of steps) {
        const { status } = next.record;
        if (isTerminal(status) || status === 'cancelling' || status === 'completing') continue;
        expect(next.wakeAt).toBeLessThanOrEqual(next.record.deadlineAt);
      }
    });
  });

  it('a start is asked for only with its intent stored', () => {
    always((steps) => {
      for (const { next } of steps.filter(({ next }) => next.effects.includes('start'))) {
        expect(next.record).toMatchObject({ status: 'starting' });
        expect(next.record.attempts?.at(-1)).toMatchObject({ stage: 'intended' });
      }
    });
  });
});
