// Tries whether AgentCore may assume the execution role of agent runtimes that are made.
import type { CheckFinding, DriverContext } from '@agent-dispatch/core/provider';
import type { AwsCalls } from './aws-calls.js';
import { tried } from './tried.js';

const name = 'role';
const SERVICE = 'bedrock-agentcore.amazonaws.com';

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: '*' | { readonly Service?: string | readonly string[] };
}

export async function checkRole(
  calls: AwsCalls,
  { roleArn, accountId }: { roleArn: string; accountId: string },
  context: DriverContext,
): Promise<CheckFinding> {
  const [, roleAccount = 'of no number'] = /:iam::(\d{12}):/.exec(roleArn) ?? [];
  if (roleAccount !== accountId) {
    const message = `${roleArn} belongs to AWS account ${roleAccount}; agent runtimes are made in ${accountId}.`;
    return { name, status: 'fail', message, fix: 'Name a role of the same account in roleArn.' };
  }
  const kind = { action: 'iam:GetRole', resource: roleArn };
  const policy = await tried(name, () =>
    calls.call(context, kind, ({ reads }) => reads.trust(roleArn, context.signal)),
  );
  if ('finding' in policy) {
    if (policy.code === 'AD_PROVIDER_NOT_FOUND') return policy.finding;
    // To look is not needed to run.
    const fix = `Look yourself: aws iam get-role --role-name ${roleArn.split('/').at(-1) ?? ''} --query Role.AssumeRolePolicyDocument`;
    const message = `Whether AgentCore may assume ${roleArn} could not be told: ${policy.finding.message}`;
    return { name, status: 'warn', message, fix };
  }
  if (trusts(policy.value)) return { name, status: 'pass', message: `AgentCore may assume ${roleArn}.` };
  const fix = `Let the role's trust policy allow sts:AssumeRole to the service ${SERVICE}.`;
  return { name, status: 'fail', message: `${roleArn} does not trust AgentCore.`, fix };
}

/** Conditions are not judged. */
function trusts(policy: unknown): boolean {
  const { Statement: statements } = policy as { Statement?: Statement | readonly Statement[] };
  return [statements ?? []].flat().some(({ Effect, Action = [], Principal }: Statement) => {
    const services = Principal === '*' || Principal === undefined ? [] : [Principal.Service ?? []].flat();
    const actions = [Action].flat();
    return (
      Effect === 'Allow' &&
      services.includes(SERVICE) &&
      actions.some((action) => ['sts:assumerole', 'sts:*', '*'].includes(action.toLowerCase()))
    );
  });
}
