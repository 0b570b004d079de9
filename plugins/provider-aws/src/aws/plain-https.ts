// Sends one HTTPS request without an SDK client, once. What goes wrong looks like the SDK's errors, so that one table reads both.
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { CONNECT_MS } from './client-options.js';
import type { InvokeLimits } from './data-plane.js';
import { probed } from './probed-connections.js';

export interface PlainRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: Uint8Array;
}

const EXCERPT_BYTES = 4096;

/**
 * The answer, whose body is to be read or destroyed; it may take any time. Redirections are not followed.
 * Errors: also for every status but success, with what the answer says of it.
 */
export async function sendPlain(request: PlainRequest, limits: InvokeLimits): Promise<IncomingMessage> {
  const answer = await send(request, limits);
  const { statusCode = 0 } = answer;
  if (statusCode < 200 || statusCode > 299) throw await refusalOf(answer, statusCode);
  return answer;
}

/** On a fresh connection, because a kept one that the service has closed meanwhile fails like a lost answer. */
function send(
  { method, url: address, headers, payload }: PlainRequest,
  { signal, headersMs, leaving }: InvokeLimits,
): Promise<IncomingMessage> {
  leaving?.();
  const url = new URL(address);
  const isPlain = url.protocol === 'http:';
  const options: RequestOptions = { method, headers, agent: false, signal };
  return new Promise((resolve, reject) => {
    const request = isPlain ? http.request(url, options) : https.request(url, options);
    const stopWaiting = breakOff(request, headersMs, `no answer began within ${headersMs} ms`);
    request.once('response', (answer) => {
      stopWaiting();
      resolve(answer);
    });
    request.on('error', reject);
    request.once('socket', (socket) => {
      probed(socket);
      const message = `the request socket did not establish a connection within ${CONNECT_MS} ms`;
      socket.once(isPlain ? 'connect' : 'secureConnect', breakOff(request, CONNECT_MS, message));
    });
    request.end(payload);
  });
}

/** Ends a request that waits too long, unless the function given back is called before. */
function breakOff(request: ClientRequest, ms: number, message: string): () => void {
  const timer = setTimeout(() => request.destroy(new Error(message)), ms);
  const stop = (): void => clearTimeout(timer);
  request.once('close', stop);
  return stop;
}

async function refusalOf(answer: IncomingMessage, httpStatusCode: number): Promise<Error> {
  const text = await beginningOf(answer);
  const { 'x-amzn-errortype': told, 'content-type': contentType = '' } = answer.headers;
  const { type, message = text } = contentType.includes('json') ? readJson(text) : readXml(text, contentType);
  const [name = type] = [told].flat().map((header) => header?.split(':')[0]);
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

interface Told {
  /** The error's name. */
  readonly type: string;
  readonly message?: string | undefined;
}

function readJson(text: string): Told {
  try {
    const { __type: type = 'Error', message } = JSON.parse(text) as { __type?: string; message?: string };
    return { type: type.split('#').at(-1) ?? type, message };
  } catch {
    // Cut, or no JSON after all: its text says what it can.
    return { type: 'Error' };
  }
}

function readXml(text: string, contentType: string): Told {
  const [, type] = (contentType.includes('xml') && /<Code>([A-Za-z.]+)<\/Code>/.exec(text)) || [];
  // A page of a proxy has no name; the SDK's parser gives it this one.
  if (type === undefined) return { type: 'SyntaxError' };
  return { type, message: /<Message>([^<]*)<\/Message>/.exec(text)?.[1] };
}

/** What follows is not read: the connection is closed. */
async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Uint8Array);
    if ((size += (chunk as Uint8Array).byteLength) >= EXCERPT_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString('utf8');
}
