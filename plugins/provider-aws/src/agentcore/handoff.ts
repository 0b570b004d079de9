// What another program needs to talk to the agent of an attempt itself: where, in which session, and which credentials.
// Holds none of them.
import type { Handle, Handoff, Protocol } from '@agent-dispatch/core/provider';
import type { AwsAccount } from '../account/account.js';
import { addressOf } from './handle.js';

const SESSION_HEADER = 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id';

/** Undefined as long as the agent runtime is not made. */
export function handoffOf(handle: Handle, account: AwsAccount, protocol: Protocol): Handoff | undefined {
  const address = addressOf(handle);
  if (address === undefined) return undefined;
  const { runtimeArn, qualifier, sessionId } = address;
  const [session] = handle.resources;
  return {
    protocol,
    url: `${baseUrl(runtimeArn, account)}/runtimes/${encodeURIComponent(runtimeArn)}/invocations`,
    method: 'POST',
    auth: {
      scheme: 'sigv4',
      service: 'bedrock-agentcore',
      region: account.region,
      description: 'AWS credentials that may call bedrock-agentcore:InvokeAgentRuntime on this agent runtime.',
    },
    headers: { [SESSION_HEADER]: sessionId },
    query: { qualifier },
    ...(session?.expiresAt !== undefined && { expiresAt: session.expiresAt }),
    note: 'The session ends with the task. A request after that starts a new, empty session, which nobody stops.',
  };
}

function baseUrl(runtimeArn: string, { region, endpoints }: AwsAccount): string {
  if (endpoints.data !== undefined) return endpoints.data.replace(/\/+$/, '');
  const domain = runtimeArn.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://bedrock-agentcore.${region}.${domain}`;
}
