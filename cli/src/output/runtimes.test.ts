import { describe, expect, it } from '@jest/globals';
import { renderChecks } from './runtimes.js';

describe('findings of checks on the terminal', () => {
  it('keep what was found apart from what to do, also where it ends without a full stop', () => {
    const lines = renderChecks([
      { name: 'live', status: 'fail', message: 'no key', fix: 'Set KEY.' },
      { name: 'state', status: 'warn', message: 'None found.', fix: 'Make one.' },
      { name: 'node', status: 'pass', message: 'Node 22' },
    ]);
    expect(lines).toMatch(/no key\. Set KEY\./);
    expect(lines).toMatch(/None found\. Make one\./);
    expect(lines).toMatch(/Node 22$/);
  });
});
