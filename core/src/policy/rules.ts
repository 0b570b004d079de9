// Decides whether a dispatch is allowed, refused or to be asked about, from the `policy` part of the configuration.
// Pure: no lookups, no defaults of its own. Intake calls it once routing has named the facts and raises the error.

export type PolicyEffect = 'allow' | 'deny' | 'ask';

/**
 * One rule. A list that is absent matches everything; a list that is there matches a fact that equals one of its
 * entries, or begins with an entry that ends in `*` (`prod-*`; a lone `*` matches everything, elsewhere `*` is a plain
 * character). An empty list matches nothing. A rule matches when every list it has matches.
 */
export interface PolicyRule {
  readonly effect: PolicyEffect;
  readonly providers?: readonly string[];
  readonly accounts?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly taskTypes?: readonly string[];
  readonly targetModes?: readonly string[];
  /** Matches no call of the local user, whatever it lists. */
  readonly subjects?: readonly string[];
  /** Told to the caller as it stands; default: a sentence that names the rule. */
  readonly reason?: string;
}

export interface Policy {
  /** What holds when no rule matches. */
  readonly default: 'allow' | 'deny';
  /** What intake does with credentials found in a request: not decided here. */
  readonly credentials: 'refuse' | 'redact' | 'allow';
  readonly rules: readonly PolicyRule[];
}

/** What a dispatch is about, as routing settled it. Comparison is exact, casing included. */
export interface PolicyFacts {
  readonly provider: string;
  /** The name of the account profile. */
  readonly account: string;
  readonly capability: string;
  readonly taskType: string;
  readonly targetMode: string;
  /** Who asks; absent: the local user. */
  readonly subject?: string;
}

export interface PolicyDecision {
  readonly effect: PolicyEffect;
  /** Place of the deciding rule in `policy.rules`; absent when the default decided. */
  readonly ruleIndex?: number;
  /** JSON pointer into the configuration: `/policy/rules/0` or `/policy/default`. */
  readonly pointer: string;
  readonly reason: string;
}

const STRICTEST_FIRST: readonly PolicyEffect[] = ['deny', 'ask', 'allow'];
const EFFECT_WORDS: Readonly<Record<PolicyEffect, string>> = { allow: 'allows', deny: 'denies', ask: 'asks before' };

/**
 * Decides one dispatch.
 *
 * Order: among all rules that match, any `deny` wins over any `ask`, and any `ask` over any `allow`; the order of the
 * rules changes nothing but which one is named: the first of the winning effect. No match: `policy.default`.
 * Errors: none.
 */
export function evaluatePolicy(policy: Policy, facts: PolicyFacts): PolicyDecision {
  for (const effect of STRICTEST_FIRST) {
    const ruleIndex = policy.rules.findIndex((rule) => rule.effect === effect && matches(rule, facts));
    const rule = policy.rules[ruleIndex];
    if (rule !== undefined) {
      return {
        effect,
        ruleIndex,
        pointer: `/policy/rules/${String(ruleIndex)}`,
        reason: rule.reason ?? ruleReason(rule, ruleIndex, facts),
      };
    }
  }
  return {
    effect: policy.default,
    pointer: '/policy/default',
    reason: `No policy rule matches ${described(facts)}; the default is ${policy.default}.`,
  };
}

function matches(rule: PolicyRule, facts: PolicyFacts): boolean {
  return (
    accepts(rule.providers, facts.provider) &&
    accepts(rule.accounts, facts.account) &&
    accepts(rule.capabilities, facts.capability) &&
    accepts(rule.taskTypes, facts.taskType) &&
    accepts(rule.targetModes, facts.targetMode) &&
    accepts(rule.subjects, facts.subject)
  );
}

function accepts(patterns: readonly string[] | undefined, fact: string | undefined): boolean {
  if (patterns === undefined) return true;
  if (fact === undefined) return false;
  return patterns.some((pattern) => (pattern.endsWith('*') ? fact.startsWith(pattern.slice(0, -1)) : fact === pattern));
}

function ruleReason(rule: PolicyRule, index: number, facts: PolicyFacts): string {
  return `Policy rule ${String(index)} ${EFFECT_WORDS[rule.effect]} ${described(facts)}.`;
}

function described({ provider, account, capability, taskType, targetMode, subject }: PolicyFacts): string {
  const forWhom = subject === undefined ? '' : ` for ${subject}`;
  return `${taskType} on ${provider} (${capability}, target mode ${targetMode}) with account profile "${account}"${forWhom}`;
}
