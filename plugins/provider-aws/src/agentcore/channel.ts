// The way to the agent of one attempt: a fetch-like call that the SDK carries to the agent's container. One request is one
// InvokeAgentRuntime, sent once; the session id is the planned one, always.
import type { Channel, ChannelRequest, DriverContext, Handle } from '@agent-dispatch/core/provider';
import { invokeWithToken } from '../aws/token-plane.js';
import { asResponse, type SdkAnswer } from './as-response.js';
import type { AwsCalls } from './aws-calls.js';
import { bearerTokenOf } from './bearer.js';
import { sendOnce } from './send-once.js';

/** The one path of a container that speaks HTTP which the service passes on to. */
const INVOCATION_PATH = '/invocations';

export function openChannel(calls: AwsCalls, handle: Handle, context: DriverContext): Channel {
  return {
    async fetch(path, request) {
      if (path !== INVOCATION_PATH || request.method !== 'POST') {
        const asked = `${request.method} ${path}`;
        throw calls.errors.create(
          'AD_PROTOCOL_UNSUPPORTED',
          `AgentCore passes on POST ${INVOCATION_PATH} alone, not ${asked}.`,
        );
      }
      return invoke(calls, handle, context, request);
    },
  };
}

async function invoke(
  calls: AwsCalls,
  handle: Handle,
  context: DriverContext,
  request: ChannelRequest,
): Promise<Response> {
  const { 'content-type': contentType = 'application/json', accept } = lowerCased(request.headers);
  const invocation = { payload: Buffer.from(request.body ?? ''), contentType, accept };
  const kind = { action: 'bedrock-agentcore:InvokeAgentRuntime' };
  const exchange = { calls, handle, context, kind, signal: request.signal };
  const token = bearerTokenOf(context, calls.errors);
  const { answer, settle } = await sendOnce<SdkAnswer>(exchange, ({ data, account }, address, limits) =>
    token === undefined
      ? data.invoke(address, invocation, limits)
      : invokeWithToken(account, address, { ...invocation, token }, limits),
  );
  return asResponse(answer, settle);
}

function lowerCased(headers: ChannelRequest['headers'] = {}): Partial<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
