// Turns what the control plane answers or throws into a tool result.
import { toDispatchError } from '@agent-dispatch/core/errors';
import type { CallToolResult } from '@modelcontextprotocol/server';

/** The whole answer as structured content, and the same as compact JSON text for clients that show only text. */
export function answer(value: object): CallToolResult {
  return { content: [text(value)], structuredContent: { ...value } };
}

/**
 * A call that failed, with its code and hint. Text only: several clients hold structured content against the tool's
 * output schema even here, and would put their own complaint in the place of the error.
 */
export function refusal(error: unknown): CallToolResult {
  return { content: [text({ error: toDispatchError(error).toJSON() })], isError: true };
}

const text = (value: object): { type: 'text'; text: string } => ({ type: 'text', text: JSON.stringify(value) });
