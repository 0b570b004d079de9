// Turns the SDK's answer to an invocation into a web Response with a body that streams as it is read.
import { Readable } from 'node:stream';

/** The parts of the SDK's output that matter here. `response` is a Node stream, always, in Node. */
export interface SdkAnswer {
  readonly response?: unknown;
  readonly statusCode?: number;
  readonly contentType?: string | undefined;
}

/** How much of a body is read ahead of its reader, in bytes. */
const READ_AHEAD = 64 * 1024;

/** Statuses with which a Response may carry no body. */
const NO_BODY = new Set([204, 205, 304]);

/**
 * Cancelling the body closes the connection.
 * @param settle called once the connection is over, whatever ended it.
 */
export function asResponse({ response, statusCode = 200, contentType }: SdkAnswer, settle: () => void): Response {
  const headers = new Headers(contentType === undefined ? [] : [['content-type', contentType]]);
  const source = response as Readable | undefined;
  if (source === undefined || NO_BODY.has(statusCode)) {
    source?.destroy();
    settle();
    return new Response(null, { status: statusCode, headers });
  }
  source.once('close', settle);
  // Stated, because the default of the conversion is not documented: a slow reader must slow the agent down.
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD });
  const body = Readable.toWeb(source, { strategy }) as ReadableStream<Uint8Array>;
  return new Response(body, { status: statusCode, headers });
}
