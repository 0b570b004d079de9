// Tries each permission that making and removing agent runtimes needs and that a read can try: on a name of ours that nobody
// has, so that "not found" says "allowed". What changes something is told, not tried.
import type { CheckFinding, DriverContext } from '@agent-dispatch/core/provider';
import type { ControlPlane } from '../aws/control-plane.js';
import type { AwsCalls } from './aws-calls.js';
import { tried } from './tried.js';

const NAME = `ad_${'0'.repeat(12)}_${'0'.repeat(24)}`;
const ID = `${NAME}-${'0'.repeat(10)}`;

type Read = (control: ControlPlane, where: { arn: string; signal: AbortSignal }) => Promise<unknown>;

const READS: Readonly<Record<string, Read>> = {
  GetAgentRuntime: (control, { signal }) => control.runtime(ID, signal),
  GetAgentRuntimeEndpoint: (control, { signal }) => control.endpoint(ID, 'DEFAULT', signal),
  ListAgentRuntimeEndpoints: (control, { signal }) => control.endpoints(ID, undefined, signal),
  ListTagsForResource: (control, { arn, signal }) => control.tags(arn, signal),
};

const UNTRIED =
  'CreateAgentRuntime, TagResource, iam:PassRole, iam:CreateServiceLinkedRole, DeleteAgentRuntime, DeleteAgentRuntimeEndpoint, InvokeAgentRuntime and StopRuntimeSession';

export async function checkPermissions(
  calls: AwsCalls,
  accountId: string,
  context: DriverContext,
): Promise<CheckFinding[]> {
  const { account } = calls.clients(context);
  const arn = `arn:${partitionOf(account.region)}:bedrock-agentcore:${account.region}:${accountId}:runtime/${ID}`;
  const denied: CheckFinding[] = [];
  for (const [operation, read] of Object.entries(READS)) {
    const kind = { action: `bedrock-agentcore:${operation}`, resource: arn };
    const result = await tried('permission', () =>
      calls.control(context, kind, (control) => read(control, { arn, signal: context.signal })),
    );
    if ('finding' in result && result.code !== 'AD_PROVIDER_NOT_FOUND') denied.push(result.finding);
  }
  if (denied.length > 0) return denied;
  const message = `${Object.keys(READS).join(', ')} are allowed. No read can try ${UNTRIED}.`;
  return [{ name: 'permissions', status: 'pass', message }];
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
