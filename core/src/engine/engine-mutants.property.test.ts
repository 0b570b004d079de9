// The promises have teeth: an engine that breaks one of its rules is caught within few worlds.
import { describe, expect, it, jest } from '@jest/globals';
import type { TaskRecord } from '@agent-dispatch/schemas';
import fc from 'fast-check';
import type { Advance } from './advance.js';
import type { Input } from './inputs.js';
import type { PromiseName } from './testdata/world/rules.js';
import { script, type Answers, type Wishes } from './testdata/world/script.js';

/** What a broken rule makes of a decision. It may change `next`. */
type Mutation = (next: Advance, before: TaskRecord, input: Input) => void;

let mutation: Mutation | undefined;
const { advance } = await import('./advance.js');
jest.unstable_mockModule('./advance.js', () => ({
  advance: (record: TaskRecord, input: Input, now: number): Advance => {
    const next = advance(record, input, now);
    mutation?.(next, record, input);
    return next;
  },
}));
const { play } = await import('./testdata/world/world.js');

const NONE: Answers = { provision: [], start: [], resume: [], cancel: [], cleanup: [] };

const mutants: [title: string, caughtBy: PromiseName, mutation: Mutation, wishes?: Wishes][] = [
  [
    'starts without an intent',
    'first',
    ({ record }) => {
      for (const attempt of record.attempts ?? []) delete attempt.intendedAt;
    },
  ],
  [
    'starts again what was cancelled',
    'cancel',
    ({ effects }, _before, { type }) => {
      if (type === 'cancelled') effects.push('start');
    },
    { maxTasks: 1, task: { resources: ['box'], end: 'never' } },
  ],
  [
    'forgets a resource that was named late',
    'released',
    ({ record }, _before, { type }) => {
      if (type === 'handle') record.resources.pop();
    },
  ],
  [
    'alters an end by what comes after it',
    'end',
    ({ record }, before, { type }) => {
      if (before.endedAt !== undefined && type === 'cleaned') record.status = 'failed';
    },
  ],
  [
    'starts again where it is not known whether a start landed',
    'once',
    ({ effects }, _before, { type }) => {
      if (type === 'interrupted') effects.splice(0, effects.length, 'start');
    },
    { task: { resume: true, startIdempotent: false } },
  ],
  [
    'gives a task up that could be asked for',
    'lost',
    ({ record }, _before, { type }) => {
      if (type === 'interrupted') Object.assign(record, { status: 'lost', endedAt: record.updatedAt });
    },
    { task: { resume: true } },
  ],
  [
    'forgets when it wanted to be woken',
    'rest',
    (next, _before, { type }) => {
      if (type === 'cleanup-failed') delete next.record.cleanup.nextAt;
    },
    { maxTasks: 1, task: { resources: ['box'], answers: { ...NONE, cleanup: ['throws'] } } },
  ],
  [
    'takes cleanup for done when it was only tried',
    'released',
    ({ record }, _before, { type }) => {
      if (type === 'cleaned' || type === 'cleanup-failed') record.cleanup = { state: 'done', tries: 1 };
    },
  ],
  [
    'does not wait until a start that may be on its way has landed',
    'released',
    ({ record }) => {
      for (const attempt of record.attempts ?? []) delete attempt.ambiguous;
    },
    {
      maxTasks: 1,
      task: { settleSeconds: 20, resources: ['session'], end: 'never', answers: { ...NONE, start: ['lands late'] } },
    },
  ],
  [
    'reads the output of a task from its beginning again',
    'log',
    ({ record }) => {
      for (const attempt of record.attempts ?? []) attempt.logOffset = Number.MAX_SAFE_INTEGER;
    },
    { maxTasks: 1, task: { resume: true, pieces: ['line', 'line', 'line'], answers: { ...NONE, start: ['resets'] } } },
  ],
];

describe('an engine that', () => {
  for (const [title, caughtBy, broken, wishes] of mutants) {
    it(`${title} is caught`, async () => {
      mutation = broken;
      const property = fc.asyncProperty(script(wishes), async (given) => {
        const outcome = await play(given);
        return !outcome.broken.some(({ promise }) => promise === caughtBy);
      });
      // The first world that catches it is enough: nobody reads it, so it is not made smaller.
      const { failed } = await fc.check(property, { numRuns: 500, endOnFailure: true, seed: 1 });
      expect(failed).toBe(true);
    }, 120_000);
  }
});
