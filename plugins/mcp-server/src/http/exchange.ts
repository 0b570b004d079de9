// Between node:http and the fetch-shaped handler of the SDK: one request in, one response out, streams as they come.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Only the path of a request's URL counts. */
const BASE = 'http://server.invalid';
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Aborts when the client goes away before it was answered. Errors: TypeError for what fetch cannot express. */
export function toRequest(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  const gone = new AbortController();
  const body = WITHOUT_BODY.has(method) ? {} : { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' };
  const request = new Request(new URL(url, BASE), { method, headers, signal: gone.signal, ...body } as RequestInit);
  outgoing.once('close', () => abort(gone, request));
  return request;
}

/** @param _held until then: the signal of a request that was collected never aborts. */
const abort = (gone: AbortController, _held: Request): void => gone.abort();

/** Resolves when all is written, or the client has gone. */
export async function answerWith(
  response: Response,
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
): Promise<void> {
  const { status, headers, body } = response;
  // What the client still sends is not read: the connection cannot be used for another request.
  if (!incoming.complete) outgoing.shouldKeepAlive = false;
  outgoing.writeHead(status, Object.fromEntries(headers));
  if (body === null) return void outgoing.end();
  outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(body), outgoing).catch((error: unknown) => {
    if (!outgoing.destroyed) throw error;
  });
}
