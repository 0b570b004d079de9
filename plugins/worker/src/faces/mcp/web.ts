// Between node:http and the web's Request and Response, in which the MCP server speaks.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../../system-error.js';

/** Where the worker stands is not known to it, and nobody asks. */
const BASE = 'http://worker.invalid';

export function webRequest({ headers, method = 'POST', url = '/' }: IncomingMessage, body: Buffer): Request {
  const web = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !OF_THE_CONNECTION.has(name)) web.set(name, [value].flat().join(', '));
  }
  return new Request(new URL(url, BASE), { method, headers: web, body: new Uint8Array(body) });
}

const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** Ends early when the reader goes away. */
export async function sendResponse(answer: Response, response: ServerResponse, gone: AbortSignal): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) return void response.end();
  response.flushHeaders();
  try {
    await pipeline(Readable.fromWeb(answer.body), response, { signal: gone });
  } catch (error) {
    if (gone.aborted) return;
    if (!hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE')) throw error;
  }
}
