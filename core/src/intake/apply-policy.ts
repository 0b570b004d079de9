// Lets the policy decide about a routed request. The rules themselves are evaluated in policy/.
import type { Config } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { evaluatePolicy, type Policy, type PolicyFacts } from '../policy/index.js';

/** The configured policy with its defaults: allow what no rule names, refuse credentials. */
export const policyOf = ({ policy }: Config): Policy => ({
  default: policy?.default ?? 'allow',
  credentials: policy?.credentials ?? 'refuse',
  rules: policy?.rules ?? [],
});

/** Errors: AD_POLICY_DENIED, AD_POLICY_CONFIRMATION, with the deciding rule's pointer in the configuration. */
export function applyPolicy(policy: Policy, facts: PolicyFacts): void {
  const { effect, pointer, reason } = evaluatePolicy(policy, facts);
  if (effect === 'allow') return;
  const code = effect === 'deny' ? 'AD_POLICY_DENIED' : 'AD_POLICY_CONFIRMATION';
  const verdict =
    effect === 'deny' ? 'The policy refuses this task' : 'The policy wants a person to consent to this task';
  throw new DispatchError(code, `${verdict}: ${reason}`, { details: { rule: pointer, reason } });
}
