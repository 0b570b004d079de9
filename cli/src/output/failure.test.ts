import { describe, expect, it } from '@jest/globals';
import { DispatchError } from '@agent-dispatch/core/errors';
import { renderFailure } from './failure.js';

describe('an error on the terminal', () => {
  it('gives code, place of each problem and next action', () => {
    const problem = { pointer: '/runtimes/a', message: 'unknown', hint: 'did you mean "b"?', file: '/c.json', line: 4 };
    const error = new DispatchError('AD_CONFIG_INVALID', 'It has 1 problem.', {
      problems: [problem],
      hint: 'Mend it.',
    });
    expect(renderFailure(error)).toBe(
      'AD_CONFIG_INVALID: It has 1 problem.\n  /c.json:4 /runtimes/a unknown (did you mean "b"?)\nNext: Mend it.',
    );
  });

  it('names commands where the hint names tools', () => {
    const error = new DispatchError('AD_TASK_NOT_FOUND', 'There is no task "x".');
    expect(renderFailure(error)).toContain('Next: Run `agentdispatch list` to see');
  });

  it('lets no control character of a message through', () => {
    expect(renderFailure(new DispatchError('AD_HOST_INTERNAL', 'a\u001b]0;b\u0007'))).toContain('a^[]0;b^G');
  });
});
