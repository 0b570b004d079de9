// The data plane for agents whose runtime takes OAuth tokens: the SDK can sign for AWS alone. Same requests, same errors, each
// sent once.
import type { IncomingMessage } from 'node:http';
import type { AwsAccount } from '../account/account.js';
import { type AgentAnswer, PASSED_BACK, presentOf } from './agent-answer.js';
import type { Invocation, InvokeLimits, SessionAddress } from './data-plane.js';
import { cardUrl, invocationUrl, SESSION_HEADER, stopUrl } from './endpoints.js';
import { type PlainRequest, sendPlain } from './plain-https.js';

/** Who calls, and where. */
export interface TokenCall {
  readonly account: AwsAccount;
  readonly address: SessionAddress;
  readonly token: string;
}

/** A stop is answered at once. */
const STOP_MS = 15_000;

/** Errors: shaped like the SDK's, without the token. */
export async function invokeWithToken(
  call: TokenCall,
  { payload, headers }: Invocation,
  limits: InvokeLimits,
): Promise<AgentAnswer> {
  const url = invocationUrl(call.account, call.address.runtimeArn);
  return answerOf(await exchange(call, { method: 'POST', url, headers, payload }, limits));
}

/** The agent's card, over A2A. Errors: as above. */
export async function cardWithToken(
  call: TokenCall,
  headers: Invocation['headers'],
  limits: InvokeLimits,
): Promise<AgentAnswer> {
  const url = cardUrl(call.account, call.address.runtimeArn);
  return answerOf(await exchange(call, { method: 'GET', url, headers }, limits));
}

/** Errors: as above. */
export async function stopWithToken(
  call: TokenCall,
  { clientToken, signal }: { clientToken: string; signal: AbortSignal },
): Promise<void> {
  const sent = {
    method: 'POST',
    url: stopUrl(call.account, call.address.runtimeArn),
    headers: { 'content-type': 'application/json' },
    payload: Buffer.from(JSON.stringify({ clientToken })),
  } as const;
  const answer = await exchange(call, sent, { signal, headersMs: STOP_MS });
  // What it says is known.
  answer.destroy();
}

const answerOf = (answer: IncomingMessage): AgentAnswer => ({
  statusCode: answer.statusCode ?? 0,
  headers: presentOf(Object.fromEntries(PASSED_BACK.map((name) => [name, [answer.headers[name]].flat()[0]]))),
  body: answer,
});

function exchange(
  { address, token }: TokenCall,
  request: PlainRequest,
  limits: InvokeLimits,
): Promise<IncomingMessage> {
  const url = `${request.url}?${new URLSearchParams({ qualifier: address.qualifier }).toString()}`;
  const headers = { ...request.headers, authorization: `Bearer ${token}`, [SESSION_HEADER]: address.sessionId };
  return sendPlain({ ...request, url, headers }, limits);
}
