// Who calls, as far as the client says: its name, what it can do, and an id of the call that stays the same when it
// repeats it.
import type { Caller } from '@agent-dispatch/core';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
} from '@modelcontextprotocol/server';

type Client = NonNullable<Caller['client']>;

/** What the SDK gives of a request; the envelope is checked before a tool is called. */
export interface McpRequest {
  _meta?: Record<string, unknown>;
  envelope?: { [CLIENT_INFO_META_KEY]?: Client; [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities };
}

/** The control plane uses call ids as idempotency keys, which have this bound. */
const MAX_CALL_ID = 256;

/** @param announced what the client said when it opened the connection; newer clients say it with each request. */
export function callerOf(request: McpRequest, announced: Client | undefined): Caller {
  const client = request.envelope?.[CLIENT_INFO_META_KEY] ?? announced;
  const callId = callIdOf(request._meta ?? {});
  return {
    ...(client && { client: { name: client.name, version: client.version } }),
    ...(callId !== undefined && { callId }),
  };
}

/** What the client can do, as it says with each request of the modern era. */
export const declaredWith = ({ envelope }: McpRequest): ClientCapabilities | undefined =>
  envelope?.[CLIENT_CAPABILITIES_META_KEY];

/** A bare declaration is of the time before there were modes: it means forms. */
export const showsForms = ({ elicitation }: ClientCapabilities = {}): boolean =>
  elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);

/** The JSON-RPC id is no such id: a client that repeats a call must use a new one. */
function callIdOf(meta: Record<string, unknown>): string | undefined {
  const toolUse = meta['claudecode/toolUseId'];
  if (isId(toolUse)) return bounded(`claudecode:${toolUse}`);
  const { callId, threadId } = meta;
  if (isId(callId) && isId(threadId)) return bounded(`thread:${threadId}:${callId}`);
  return undefined;
}

const isId = (value: unknown): value is string => typeof value === 'string' && value !== '';

const bounded = (id: string): string | undefined => (id.length <= MAX_CALL_ID ? id : undefined);
