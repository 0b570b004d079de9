// A fetch-like handler behind node:http: whole request bodies in, streamed responses out.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

type Fetch = (request: Request) => Promise<Response>;

export const webListener =
  (serve: Fetch): RequestListener =>
  (request, response) =>
    // Who asked may be gone.
    void answer(serve, request, response).catch(() => response.destroy());

async function answer(serve: Fetch, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const served = await serve(await webRequest(request, gone.signal));
  response.writeHead(served.status, Object.fromEntries(served.headers));
  if (served.body === null) return void response.end();
  response.flushHeaders();
  await pipeline(Readable.fromWeb(served.body), response);
}

async function webRequest(request: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', url = '/', headers } = request;
  const body = method === 'POST' ? new Uint8Array(await buffer(request)) : undefined;
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new Request(new URL(url, 'http://server.invalid'), { method, headers: pairs, body, signal });
}
