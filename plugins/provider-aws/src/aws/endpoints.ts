// Where the data plane is reached without an SDK client.
import type { AwsAccount } from '../account/account.js';

export function dataEndpoint({ region, endpoints }: AwsAccount, runtimeArn: string): string {
  if (endpoints.data !== undefined) return endpoints.data.replace(/\/+$/, '');
  const domain = runtimeArn.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://bedrock-agentcore.${region}.${domain}`;
}

export const SESSION_HEADER = 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id';

const runtimeUrl = (account: AwsAccount, runtimeArn: string): string =>
  `${dataEndpoint(account, runtimeArn)}/runtimes/${encodeURIComponent(runtimeArn)}`;

/** Of the calls that go to the agent. */
export const invocationUrl = (account: AwsAccount, runtimeArn: string): string =>
  `${runtimeUrl(account, runtimeArn)}/invocations`;

/** Of the card of an agent that speaks A2A. */
export const cardUrl = (account: AwsAccount, runtimeArn: string): string =>
  `${invocationUrl(account, runtimeArn)}/.well-known/agent-card.json`;

export const stopUrl = (account: AwsAccount, runtimeArn: string): string =>
  `${runtimeUrl(account, runtimeArn)}/stopruntimesession`;
