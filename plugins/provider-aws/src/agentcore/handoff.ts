// What another program needs to talk to the agent of an attempt itself: where, in which session, and which credentials.
// Holds none of them.
import type { DispatchRequest, Handle, Handoff, Protocol } from '@agent-dispatch/core/provider';
import type { AwsAccount } from '../account/account.js';
import { cardUrl, invocationUrl, SESSION_HEADER } from '../aws/endpoints.js';
import { ownHeaders } from './agent-headers.js';
import { addressOf, dataOf } from './handle.js';
import { runsWorker } from './worker.js';

const SIGNATURE = {
  scheme: 'sigv4',
  service: 'bedrock-agentcore',
  description: 'AWS credentials that may call bedrock-agentcore:InvokeAgentRuntime on this agent runtime.',
} as const;

type Spoken = Pick<Handoff, 'method' | 'protocolVersion'>;

/** How a message is sent. Of A2A an agent's card says which version of its methods it takes; our worker takes the current one. */
const SPOKEN: Readonly<Record<Protocol, Spoken>> = {
  http: { method: 'POST' },
  'ag-ui': { method: 'POST' },
  mcp: { method: 'tools/call' },
  a2a: {},
  stdio: {},
};
const BY_WORKER: Spoken = { protocolVersion: '1.0', method: 'SendMessage' };

const ENDS = 'The session ends with the task. A request after that starts a new, empty session, which nobody stops.';
const CARD = 'Whatever address the agent card gives, the agent is reached at this one.';

const TOKEN = {
  scheme: 'bearer',
  description: "An OAuth token that the agent runtime's authorizer takes.",
} as const;

/** Undefined as long as the agent runtime is not made. */
export function handoffOf(
  handle: Handle,
  account: AwsAccount,
  request: Pick<DispatchRequest, 'target' | 'taskType'>,
): Handoff | undefined {
  const { protocol } = request.target;
  const address = addressOf(handle);
  if (address === undefined) return undefined;
  const { runtimeArn, qualifier, sessionId } = address;
  const [session] = handle.resources;
  return {
    protocol,
    url: invocationUrl(account, runtimeArn),
    ...(protocol === 'a2a' && runsWorker(request) ? BY_WORKER : SPOKEN[protocol]),
    ...(protocol === 'a2a' && { agentCard: cardUrl(account, runtimeArn) }),
    auth: dataOf(handle).takesToken === true ? TOKEN : { ...SIGNATURE, region: account.region },
    headers: { ...ownHeaders(request), [SESSION_HEADER]: sessionId },
    query: { qualifier },
    ...(session?.expiresAt !== undefined && { expiresAt: session.expiresAt }),
    note: protocol === 'a2a' ? `${ENDS} ${CARD}` : ENDS,
  };
}
