import { describe, expect, it } from '@jest/globals';
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { declaredAgent } from './agent.js';

const request = (details: object, framework?: string): Pick<DispatchRequest, 'target' | 'framework'> => ({
  target: { mode: 'runtime', protocol: 'a2a', details: { ...details } },
  ...(framework !== undefined && { framework }),
});

describe('the agent that a worker is to run', () => {
  it.each([
    [
      'a line',
      { command: 'claude -p "two words"' },
      { command: ['claude', '-p', 'two words'], input: 'text', output: 'text' },
    ],
    ['a list', { command: ['a', 'b'], envelope: 'json', output: 'events' }, { input: 'json', output: 'events' }],
    [
      'one that follows what it says',
      { command: 'a', output: 'events', accepts: ['model', 'tools'] },
      { output: 'events', accepts: ['model', 'tools'] },
    ],
    ['one that takes its task as an argument', { command: 'a', promptVia: 'argument' }, { input: 'argument' }],
  ])('is %s', (_what, details, agent) => {
    expect(declaredAgent(request(details))).toMatchObject({ name: 'agent', agent });
  });

  it('is one that the worker knows by its framework, as it is known', () => {
    expect(declaredAgent(request({}, 'claude'))).toMatchObject({ name: 'claude', program: 'claude' });
    expect(declaredAgent(request({}, 'claude')).agent).toEqual({ builtIn: 'claude' });
  });

  it('is a known one with another command, or another output', () => {
    const { agent, program } = declaredAgent(request({ command: ['my-claude', '-p'], output: 'text' }, 'claude'));
    expect(agent).toEqual({ builtIn: 'claude', command: ['my-claude', '-p'], output: 'text' });
    expect(program).toBe('my-claude');
  });

  it('bears the name of a framework that only its command makes known', () => {
    expect(declaredAgent(request({ command: 'mine' }, 'strands'))).toMatchObject({ name: 'strands', program: 'mine' });
  });

  it.each([
    [undefined, /no agent/],
    ['strands', /framework strands/],
    ['constructor', /framework constructor/],
  ])('must be given: framework %s', (framework, message) => {
    expect(() => declaredAgent(request({}, framework))).toThrow(message);
  });
});
