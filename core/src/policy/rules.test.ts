import { describe, expect, it } from '@jest/globals';
import { evaluatePolicy, type Policy, type PolicyFacts, type PolicyRule } from './rules.js';

const FACTS: PolicyFacts = {
  provider: 'acme',
  account: 'prod-eu',
  capability: 'agent-runtime',
  taskType: 'agent.run',
  targetMode: 'session',
};

function policy(rules: readonly PolicyRule[], fallback: Policy['default'] = 'allow'): Policy {
  return { default: fallback, credentials: 'refuse', rules };
}

describe('evaluatePolicy', () => {
  it.each(['allow', 'deny'] as const)('falls back to the default %s when no rule matches', (fallback) => {
    const decision = evaluatePolicy(policy([{ effect: 'ask', providers: ['other'] }], fallback), FACTS);
    expect(decision).toMatchObject({ effect: fallback, pointer: '/policy/default' });
    expect(decision.ruleIndex).toBeUndefined();
    expect(decision.reason).toContain('prod-eu');
  });

  it('lets any deny win over ask and allow, wherever it stands', () => {
    const rules: PolicyRule[] = [
      { effect: 'allow' },
      { effect: 'ask' },
      { effect: 'deny', accounts: ['prod-*'], reason: 'Not in production.' },
    ];
    const denied = { effect: 'deny', reason: 'Not in production.' };
    expect(evaluatePolicy(policy(rules), FACTS)).toEqual({ ...denied, ruleIndex: 2, pointer: '/policy/rules/2' });
    expect(evaluatePolicy(policy([...rules].reverse()), FACTS)).toEqual({
      ...denied,
      ruleIndex: 0,
      pointer: '/policy/rules/0',
    });
  });

  it('lets ask win over allow, and allow over a denying default', () => {
    expect(evaluatePolicy(policy([{ effect: 'allow' }, { effect: 'ask' }], 'deny'), FACTS)).toMatchObject({
      effect: 'ask',
      ruleIndex: 1,
    });
    expect(evaluatePolicy(policy([{ effect: 'allow', taskTypes: ['agent.run'] }], 'deny'), FACTS)).toMatchObject({
      effect: 'allow',
      ruleIndex: 0,
    });
  });

  it('names the first matching rule of the winning effect', () => {
    const rules: PolicyRule[] = [
      { effect: 'deny', providers: ['other'] },
      { effect: 'deny', reason: 'first' },
      { effect: 'deny', reason: 'second' },
    ];
    expect(evaluatePolicy(policy(rules), FACTS)).toMatchObject({ ruleIndex: 1, reason: 'first' });
  });

  it.each<{ title: string; lists: Omit<PolicyRule, 'effect'>; matches: boolean }>([
    {
      title: 'every list has the fact',
      lists: { providers: ['acme'], targetModes: ['runtime', 'session'] },
      matches: true,
    },
    { title: 'one list lacks the fact', lists: { providers: ['acme'], targetModes: ['runtime'] }, matches: false },
    { title: 'a prefix fits', lists: { accounts: ['prod-*'] }, matches: true },
    { title: 'a prefix does not fit', lists: { accounts: ['dev-*'] }, matches: false },
    { title: 'the entry is a lone star', lists: { capabilities: ['*'] }, matches: true },
    { title: 'a star stands in the middle', lists: { accounts: ['p*-eu'] }, matches: false },
    { title: 'the entry is only the beginning of the fact', lists: { accounts: ['prod'] }, matches: false },
    { title: 'casing differs', lists: { providers: ['Acme'] }, matches: false },
    { title: 'a list is empty', lists: { taskTypes: [] }, matches: false },
  ])('when $title, matches: $matches', ({ lists, matches }) => {
    expect(evaluatePolicy(policy([{ effect: 'deny', ...lists }]), FACTS).effect).toBe(matches ? 'deny' : 'allow');
  });

  it.each([
    ['anyone', ['*'], 'alice', true],
    ['her', ['alice'], 'alice', true],
    ['another', ['bob'], 'alice', false],
    ['anyone, and never the local user', ['*'], undefined, false],
  ])('a rule for the subject %s matches by who asks', (_whom, subjects, subject, matches) => {
    const facts = { ...FACTS, ...(subject !== undefined && { subject }) };
    expect(evaluatePolicy(policy([{ effect: 'deny', subjects }]), facts).effect).toBe(matches ? 'deny' : 'allow');
  });

  it('says which rule decided when the rule gives no reason', () => {
    expect(evaluatePolicy(policy([{ effect: 'ask' }]), FACTS).reason).toBe(
      'Policy rule 0 asks before agent.run on acme (agent-runtime, target mode session) with account profile "prod-eu".',
    );
  });
});
