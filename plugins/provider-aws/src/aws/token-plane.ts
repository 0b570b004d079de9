// Invokes agents whose runtime takes OAuth tokens: the SDK can sign for AWS alone. Same request, same errors, sent once.
import { Readable } from 'node:stream';
import type { AwsAccount } from '../account/account.js';
import type { Invocation, InvokeLimits, SessionAddress } from './data-plane.js';
import { invocationUrl, SESSION_HEADER } from './endpoints.js';

/** As much of an answer as the SDK gives. */
export interface TokenAnswer {
  readonly response: Readable | undefined;
  readonly statusCode: number;
  readonly contentType: string | undefined;
}

const EXCERPT_BYTES = 4096;

/** Errors: shaped like the SDK's, without the token. */
export async function invokeWithToken(
  account: AwsAccount,
  { runtimeArn, qualifier, sessionId }: SessionAddress,
  { payload, contentType, accept, token }: Invocation & { readonly token: string },
  { signal }: InvokeLimits,
): Promise<TokenAnswer> {
  const url = `${invocationUrl(account, runtimeArn)}?${new URLSearchParams({ qualifier }).toString()}`;
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': contentType,
    ...(accept !== undefined && { accept }),
    [SESSION_HEADER]: sessionId,
  };
  const request = { method: 'POST', headers, body: payload, redirect: 'manual', signal } as const;
  const answer = await fetch(url, request).catch((error: unknown) => {
    // What went wrong with the connection is its cause.
    throw (error as { cause?: unknown }).cause ?? error;
  });
  if (!answer.ok) throw await refusalOf(answer);
  return {
    response: answer.body === null ? undefined : Readable.fromWeb(answer.body),
    statusCode: answer.status,
    contentType: answer.headers.get('content-type') ?? undefined,
  };
}

async function refusalOf(answer: Response): Promise<Error> {
  const text = await beginningOf(answer);
  const [type = ''] = (answer.headers.get('x-amzn-errortype') ?? '').split(':');
  const isJson = (answer.headers.get('content-type') ?? '').includes('json');
  const { message = text } = isJson ? parsed(text) : {};
  // A page of a proxy has no name; the SDK's parser gives it this one.
  const name = type !== '' ? type : isJson ? 'Error' : 'SyntaxError';
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: answer.status } });
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
async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk as Uint8Array);
    if ((size += (chunk as Uint8Array).byteLength) >= EXCERPT_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString('utf8');
}
