import { expect, it } from '@jest/globals';
import type { JsonPatch } from '@ag-ui/core';
import { SharedState } from './shared-state.js';

const LIMITS = { stateCharacters: 1000, stateOperations: 50 };
const set = (path: string, value: unknown): JsonPatch => [{ op: 'add', path, value }];

it('is what the last snapshot and the changes after it make of it', () => {
  const state = new SharedState(LIMITS);
  expect([state.isTold, state.value]).toEqual([false, {}]);
  state.change(set('/early', 1), 10);
  expect([state.isTold, state.value]).toEqual([true, { early: 1 }]);
  state.replace({ plan: [] }, 10);
  state.change(set('/plan/-', 'a'), 10);
  state.change(set('/plan/-', 'b'), 10);
  expect(state.value).toEqual({ plan: ['a', 'b'] });
  expect(state.notices).toEqual([]);
});

it('leaves out a change that does not apply, whole, and says so', () => {
  const state = new SharedState(LIMITS);
  state.replace({ a: 1 }, 10);
  state.change([...set('/b', 2), { op: 'remove', path: '/nothing' }], 10);
  state.change(set('/c', 3), 10);
  expect(state.value).toEqual({ a: 1, c: 3 });
  expect(state.notices).toEqual(['patchFailed']);
});

const repeat = (times: number, change: (index: number) => void): void => {
  for (let index = 0; index < times; index += 1) change(index);
};

it.each<[title: string, limits: Partial<typeof LIMITS>, tell: (state: SharedState) => void]>([
  ['a snapshot over the limit', {}, (state) => state.replace('x'.repeat(2000), 2000)],
  [
    'many changes that come to more than the limit',
    {},
    (state) => repeat(40, (index) => state.change(set(`/${index}`, 'x'.repeat(50)), 100)),
  ],
  [
    'copies that double it again and again',
    {},
    (state) => {
      state.replace({ a: ['x'] }, 10);
      repeat(45, () => state.change([{ op: 'copy', from: '', path: '/a/-' }], 10));
    },
  ],
  [
    'more operations than the limit',
    {},
    (state) => repeat(LIMITS.stateOperations + 1, (index) => state.change(set('/same', index), 1)),
  ],
  [
    'changes that nest it ever deeper',
    { stateCharacters: 100_000, stateOperations: 1000 },
    (state) => repeat(300, () => state.change([{ op: 'copy', from: '', path: '/a' }], 10)),
  ],
])('is lost by %s, until the next snapshot', (_title, limits, tell) => {
  const state = new SharedState({ ...LIMITS, ...limits });
  tell(state);
  expect([state.isTold, state.notices]).toEqual([false, ['stateLost']]);
  state.replace({ again: true }, 10);
  expect([state.isTold, state.value]).toEqual([true, { again: true }]);
});
