// The W3C trace context of a request, as MCP carries it in `_meta`. The control plane checks it.
import type { Caller } from '@agent-dispatch/core';
import { TRACEPARENT_META_KEY, TRACESTATE_META_KEY } from '@modelcontextprotocol/server';

export function traceOf(meta: Record<string, unknown> = {}): Pick<Caller, 'trace'> {
  const { [TRACEPARENT_META_KEY]: traceparent, [TRACESTATE_META_KEY]: tracestate } = meta;
  if (typeof traceparent !== 'string') return {};
  return { trace: { traceparent, ...(typeof tracestate === 'string' && { tracestate }) } };
}
