// The way to the agent of one attempt: a fetch-like call that the SDK carries to the agent's container. One request is one
// InvokeAgentRuntime, sent once; the session id is the planned one, always.
import type { Channel, ChannelRequest, DriverContext, Handle } from '@agent-dispatch/core/provider';
import { asResponse } from './as-response.js';
import type { AwsCalls } from './aws-calls.js';
import { addressOf } from './handle.js';

/** The one path of a container that speaks HTTP which the service passes on to. */
const INVOCATION_PATH = '/invocations';

/** Longest time that a timer holds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

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
  const leftMs = Math.min(context.deadline - context.clock.now(), MAX_TIMER_MS);
  if (request.signal.aborted || leftMs <= 0) {
    throw calls.errors.create(
      'AD_PROVIDER_UNAVAILABLE',
      'The task was stopped before its request was sent to the agent.',
    );
  }
  const limit = deadlineSignal(context, leftMs);
  const signal = AbortSignal.any([request.signal, limit.signal]);
  const { 'content-type': contentType = 'application/json', accept } = lowerCased(request.headers);
  const invocation = { payload: Buffer.from(request.body ?? ''), contentType, accept };
  const kind = { action: 'bedrock-agentcore:InvokeAgentRuntime', beginsWork: true };
  try {
    const answer = await calls.call(context, kind, ({ data }) =>
      data.invoke(addressOf(handle), invocation, { signal, headersMs: leftMs }),
    );
    return asResponse(answer, limit.settle);
  } catch (error) {
    limit.settle();
    throw error;
  }
}

/** Aborts when the task's deadline has passed, unless the exchange has settled by then. */
function deadlineSignal({ clock }: DriverContext, ms: number): { signal: AbortSignal; settle: () => void } {
  const deadline = new AbortController();
  const settled = new AbortController();
  clock.sleep(ms, settled.signal).then(
    () => deadline.abort(new Error("the task's deadline has passed")),
    // The exchange has settled, and nothing is left to abort.
    () => undefined,
  );
  return { signal: deadline.signal, settle: () => settled.abort() };
}

function lowerCased(headers: ChannelRequest['headers'] = {}): Partial<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
