// How this face reads and answers: JSON, and server-sent events that are written no faster than they are taken.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

type Json = Record<string, unknown>;

/** A message with its files in it, as base64. Bytes. */
const LONGEST_BODY = 64 * 1024 * 1024;
/** Breaks the silence of a stream, so that whatever stands between does not take it for dead. */
const SILENCE_MS = 15_000;

/** Undefined when it is no JSON object, or longer than is read. */
export async function readJson(request: IncomingMessage): Promise<Json | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > LONGEST_BODY) return undefined;
    pieces.push(piece);
  }
  try {
    const value = JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

export interface Streamed {
  /** Of the call. */
  readonly id: unknown;
  readonly errorOf: (error: unknown) => unknown;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
}

/** A stream that fails before its first answer is answered whole, as clients look for errors there. */
export async function sendStream(
  response: ServerResponse,
  answers: AsyncGenerator<unknown, void, undefined>,
  { id, errorOf, signal }: Streamed,
): Promise<void> {
  const failure = (error: unknown): Json => ({ jsonrpc: '2.0', id, error: errorOf(error) });
  const beats = setInterval(() => {
    if (response.headersSent) response.write(': \n\n');
  }, SILENCE_MS);
  try {
    for await (const answer of answers) {
      if (!response.headersSent) response.writeHead(200, STREAM);
      if (signal.aborted) return;
      if (!response.write(sse(answer))) await once(response, 'drain', { signal });
    }
    if (!response.headersSent) response.writeHead(200, STREAM);
  } catch (error) {
    if (signal.aborted) return;
    if (!response.headersSent) return sendJson(response, failure(error));
    response.write(sse(failure(error)));
  } finally {
    clearInterval(beats);
    response.end();
  }
}

const STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

const sse = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
