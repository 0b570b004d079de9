import { describe, expect, it } from '@jest/globals';
import type { Shortfall } from '../expected-shortfalls.js';
import { staleAfter, unexpectedIn } from './accounting.js';
import type { Scenario } from './conformance.js';

const run: Scenario[] = [
  {
    name: 'prompts-list',
    checks: [
      { id: 'wire', status: 'SUCCESS' },
      { id: 'list', status: 'FAILURE', errorMessage: 'Method not found' },
    ],
  },
  { name: 'caching', checks: [{ id: 'hints', status: 'SKIPPED' }] },
  { name: 'streams', checks: [{ id: 'session', status: 'WARNING', details: { message: 'no session' } }] },
];
const expected = (says: RegExp, ...scenarios: string[]): Shortfall => ({ because: 'a reason', says, scenarios });

describe('what the suite finds', () => {
  it('is unexpected without an entry, whether it failed, warned or was skipped', () => {
    expect(unexpectedIn(run, [], '2025-11-25')).toEqual([
      'prompts-list:list: Method not found',
      'caching:hints: SKIPPED',
      'streams:session: no session',
    ]);
  });

  it('is excused by an entry of its scenario alone, and only when it says what the entry says', () => {
    const entries = [expected(/Method not found/, 'prompts-list', 'caching'), expected(/a session/, 'streams')];
    expect(unexpectedIn(run, entries, '2025-11-25')).toEqual(['caching:hints: SKIPPED', 'streams:session: no session']);
  });

  it('is not excused by an entry for another revision', () => {
    const entry: Shortfall = { ...expected(/SKIPPED/, 'caching'), revision: '2026-07-28' };
    expect(unexpectedIn(run, [entry], '2025-11-25')).toContain('caching:hints: SKIPPED');
    expect(staleAfter(run, [entry], '2025-11-25')).toEqual([]);
  });
});

it('an entry is stale when its scenario ran without it, and not when the revision has no such scenario', () => {
  const entries = [expected(/Method not found/, 'prompts-list', 'streams'), expected(/./, 'server-initialize')];
  expect(staleAfter(run, entries, '2025-11-25')).toEqual(['streams: a reason']);
});
