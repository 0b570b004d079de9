import { describe, expect, it } from '@jest/globals';
import { nearest, validate } from './index.js';

describe('problems', () => {
  it('name an unknown property and the one that was probably meant, however deep', () => {
    const config = { runtimes: { r: { account: 'a', target: { mode: 'session' }, limits: { timeoutSecs: 1 } } } };
    expect(validate('Config', config)).toEqual([
      {
        pointer: '/runtimes/r/limits/timeoutSecs',
        message: 'unknown property "timeoutSecs"',
        hint: 'did you mean "timeoutSeconds"?',
      },
    ]);
  });

  it('come all at once', () => {
    const pointers = validate('Config', { stateDir: 1, accounts: { a: {} }, nonsense: true }).map((p) => p.pointer);
    expect(pointers.sort()).toEqual(['/accounts/a/provider', '/nonsense', '/stateDir']);
  });

  it('list what an enumeration allows', () => {
    const [problem] = validate('SpawnCloudAgentInput', { protocol: 'smtp' });
    expect(problem?.message).toBe('must be one of "http", "a2a", "mcp", "ag-ui", "stdio"');
  });

  it('escape names as RFC 6901 wants', () => {
    expect(validate('GetTaskStatusInput', { task_id: 'x', 'a/b~c': 1 })[0]?.pointer).toBe('/a~1b~0c');
  });
});

describe('nearest', () => {
  it.each([
    ['spelling of another convention', 'timeout_seconds', ['timeoutSeconds', 'idleSeconds'], 'timeoutSeconds'],
    ['a slip', 'acount', ['account', 'target'], 'account'],
    ['nothing near', 'banana', ['account', 'target'], undefined],
    ['no candidates', 'x', [], undefined],
  ])('finds %s', (_title, name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });
});
