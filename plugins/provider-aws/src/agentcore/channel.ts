// The way to the agent of one attempt: a fetch-like call that the service passes on to the agent's container. One request is
// one call of the service, sent once; the session id is the planned one, always.
import type { Channel, ChannelRequest, DriverContext, Handle, Protocol } from '@agent-dispatch/core/provider';
import type { AgentAnswer } from '../aws/agent-answer.js';
import { refusalOfContainer } from '../aws/errors.js';
import { cardWithToken, invokeWithToken } from '../aws/token-plane.js';
import { agentHeaders } from './agent-headers.js';
import { asResponse } from './as-response.js';
import type { AwsCalls } from './aws-calls.js';
import { bearerSecretOf, bearerTokenOf } from './bearer.js';
import { sendOnce } from './send-once.js';

type Call = 'invoke' | 'card';

const INVOCATIONS = { 'POST /invocations': 'invoke' } as const;
/** What the service passes on of each protocol, and by which call. */
const PASSED_ON: Readonly<Record<Protocol, Readonly<Record<string, Call>>>> = {
  http: INVOCATIONS,
  'ag-ui': INVOCATIONS,
  a2a: { 'POST /': 'invoke', 'GET /.well-known/agent-card.json': 'card' },
  mcp: { 'POST /mcp': 'invoke' },
  stdio: {},
};

/** A streamed answer is cut by the service after an hour. Asked anew a little before, nothing is lost. */
const ANSWER_SECONDS = 3600 - 120;

const KINDS = {
  invoke: { action: 'bedrock-agentcore:InvokeAgentRuntime', beginsWork: true },
  // Asking again is harmless, but a request that lands late begins a session.
  card: { action: 'bedrock-agentcore:GetAgentCard', mayLandLate: true },
  // The worker begins nothing twice.
  repeat: { action: 'bedrock-agentcore:InvokeAgentRuntime', mayLandLate: true },
} as const;

export function openChannel(calls: AwsCalls, handle: Handle, context: DriverContext): Channel {
  const { protocol } = context.request.target;
  const bearer = bearerSecretOf(context.request);
  return {
    answerSeconds: ANSWER_SECONDS,
    ...(bearer !== undefined && { ownSecrets: [bearer] }),
    async fetch(path, request) {
      const asked = `${request.method} ${path}`;
      const call = PASSED_ON[protocol][asked];
      if (call !== undefined) return orRefusal(protocol, send(calls, handle, { context, request, call }));
      const passedOn = Object.keys(PASSED_ON[protocol]).join(' and ');
      const message = `To an agent that speaks ${protocol}, AgentCore passes on ${passedOn} alone, not ${asked}.`;
      throw calls.errors.create('AD_PROTOCOL_UNSUPPORTED', message);
    },
  };
}

/** A client of MCP finds out by such answers what a server speaks, and which of its sessions are there. */
async function orRefusal(protocol: Protocol, sent: Promise<Response>): Promise<Response> {
  try {
    return await sent;
  } catch (error) {
    const status = protocol === 'mcp' ? refusalOfContainer((error as { cause?: unknown }).cause) : undefined;
    if (status === undefined) throw error;
    return new Response((error as Error).message, { status, headers: { 'content-type': 'text/plain' } });
  }
}

async function send(
  calls: AwsCalls,
  handle: Handle,
  { context, request, call }: { context: DriverContext; request: ChannelRequest; call: Call },
): Promise<Response> {
  const headers = agentHeaders(request.headers, context.request);
  const invocation = { payload: Buffer.from(request.body ?? ''), headers };
  const token = bearerTokenOf(context, calls.errors);
  const isRepeatable = context.agent === 'worker';
  const kind = KINDS[call === 'invoke' && isRepeatable ? 'repeat' : call];
  const exchange = { calls, handle, context, kind, signal: request.signal, isRepeatable };
  const { answer, settle } = await sendOnce<AgentAnswer>(exchange, ({ data, account }, address, limits) => {
    if (token === undefined)
      return call === 'card' ? data.card(address, headers, limits) : data.invoke(address, invocation, limits);
    const caller = { account, address, token };
    return call === 'card' ? cardWithToken(caller, headers, limits) : invokeWithToken(caller, invocation, limits);
  });
  return asResponse(answer, settle);
}
