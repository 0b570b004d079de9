// Where the data plane is reached without an SDK client.
import type { AwsAccount } from '../account/account.js';

export function dataEndpoint({ region, endpoints }: AwsAccount, runtimeArn: string): string {
  if (endpoints.data !== undefined) return endpoints.data.replace(/\/+$/, '');
  const domain = runtimeArn.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://bedrock-agentcore.${region}.${domain}`;
}

export const SESSION_HEADER = 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id';

/** Of the calls that go to the agent. */
export const invocationUrl = (account: AwsAccount, runtimeArn: string): string =>
  `${dataEndpoint(account, runtimeArn)}/runtimes/${encodeURIComponent(runtimeArn)}/invocations`;
