// Invokes agents whose runtime takes OAuth tokens: the SDK can sign for AWS alone. Same request, same errors, sent once.
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import type { AwsAccount } from '../account/account.js';
import { CONNECT_MS } from './client-options.js';
import type { Invocation, InvokeLimits, SessionAddress } from './data-plane.js';
import { invocationUrl, SESSION_HEADER } from './endpoints.js';

/** As much of an answer as the SDK gives. */
export interface TokenAnswer {
  readonly response: Readable;
  readonly statusCode: number;
  readonly contentType: string | undefined;
}

const EXCERPT_BYTES = 4096;

/** Errors: shaped like the SDK's, without the token. */
export async function invokeWithToken(
  account: AwsAccount,
  { runtimeArn, qualifier, sessionId }: SessionAddress,
  { payload, contentType, accept, token }: Invocation & { readonly token: string },
  limits: InvokeLimits,
): Promise<TokenAnswer> {
  const url = `${invocationUrl(account, runtimeArn)}?${new URLSearchParams({ qualifier }).toString()}`;
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': contentType,
    ...(accept !== undefined && { accept }),
    [SESSION_HEADER]: sessionId,
  };
  const answer = await exchange(new URL(url), { headers, payload }, limits);
  const { statusCode = 0, headers: told } = answer;
  if (statusCode < 200 || statusCode > 299) throw await refusalOf(answer, statusCode);
  return { response: answer, statusCode, contentType: told['content-type'] };
}

/**
 * On a fresh connection, because a kept one that the service has closed meanwhile fails like a lost answer. The body may
 * take any time.
 */
function exchange(
  url: URL,
  { headers, payload }: { headers: Record<string, string>; payload: Uint8Array },
  { signal, headersMs }: InvokeLimits,
): Promise<IncomingMessage> {
  const isPlain = url.protocol === 'http:';
  const options: RequestOptions = { method: 'POST', headers, agent: false, signal };
  return new Promise((resolve, reject) => {
    const request = isPlain ? http.request(url, options) : https.request(url, options);
    const stopWaiting = breakOff(request, headersMs, `no answer began within ${headersMs} ms`);
    request.once('response', (answer) => {
      stopWaiting();
      resolve(answer);
    });
    request.on('error', reject);
    request.once('socket', (socket) => {
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
  const [type = ''] = String(answer.headers['x-amzn-errortype'] ?? '').split(':');
  const isJson = (answer.headers['content-type'] ?? '').includes('json');
  const { message = text } = isJson ? parsed(text) : {};
  // A page of a proxy has no name; the SDK's parser gives it this one.
  const name = type !== '' ? type : isJson ? 'Error' : 'SyntaxError';
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

function parsed(text: string): { message?: string } {
  try {
    return JSON.parse(text) as { message?: string };
  } catch {
    // Cut, or no JSON after all: its text says what it can.
    return {};
  }
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
