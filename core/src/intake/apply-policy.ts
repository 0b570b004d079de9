// Lets the policy decide about a routed request. The rules themselves are evaluated in policy/.
import type { Config } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { evaluatePolicy, type Policy, type PolicyDecision, type PolicyFacts } from '../policy/index.js';

/** The configured policy with its defaults: allow what no rule names, refuse credentials. */
export const policyOf = ({ policy }: Config): Policy => ({
  default: policy?.default ?? 'allow',
  credentials: policy?.credentials ?? 'refuse',
  rules: policy?.rules ?? [],
});

/** What allows the request, or asks before it. Errors: AD_POLICY_DENIED, with the rule's pointer in the configuration. */
export function applyPolicy(policy: Policy, facts: PolicyFacts): PolicyDecision {
  const decision = evaluatePolicy(policy, facts);
  const { effect, pointer, reason } = decision;
  if (effect !== 'deny') return decision;
  throw new DispatchError('AD_POLICY_DENIED', `The policy refuses this task: ${reason}`, {
    details: { rule: pointer, reason },
  });
}
