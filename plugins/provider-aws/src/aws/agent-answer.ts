// What an agent answers, however the request was carried to it.
import type { Readable } from 'node:stream';

export interface AgentAnswer {
  readonly statusCode: number;
  /** Lower-case names: those that the service passes back. */
  readonly headers: Readonly<Record<string, string>>;
  /** Streams as it is read; to be read or destroyed. */
  readonly body: Readable | undefined;
}

export const PASSED_BACK = ['content-type', 'mcp-session-id', 'mcp-protocol-version'] as const;

/** Of headers that may be absent, those that are there. */
export const presentOf = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
