// Who called a tool: what its request says, and whether it is there still.
import type { McpRequestContext, ServerContext } from '@modelcontextprotocol/server';

export interface Connection {
  /** Revisions since 2026-07-28, where a client that wants a call stopped closes its connection. */
  readonly era: McpRequestContext['era'];
  /** Aborts when the connection of the call is closed. */
  readonly gone: AbortSignal;
}

export interface Caller extends Connection {
  readonly context: ServerContext;
}
