// Turns an agent's answer into a web Response with a body that streams as it is read.
import { Readable } from 'node:stream';
import type { AgentAnswer } from '../aws/agent-answer.js';

/** How much of a body is read ahead of its reader, in bytes. */
const READ_AHEAD = 64 * 1024;

/** Statuses with which a Response may carry no body. */
const NO_BODY = new Set([204, 205, 304]);

/**
 * Cancelling the body closes the connection.
 * @param settle called once the connection is over, whatever ended it.
 */
export function asResponse({ statusCode: status, headers, body: source }: AgentAnswer, settle: () => void): Response {
  if (source === undefined || NO_BODY.has(status)) {
    source?.destroy();
    settle();
    return new Response(null, { status, headers });
  }
  source.once('close', settle);
  // Stated, because the default of the conversion is not documented: a slow reader must slow the agent down.
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD });
  const body = Readable.toWeb(source, { strategy }) as ReadableStream<Uint8Array>;
  return new Response(body, { status, headers });
}
