// One file over https, from the open internet alone: no private address, no other host by a redirect, no credentials.
import { lookup as resolve, type LookupAddress } from 'node:dns';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { codeOf } from '../config/thrown.js';
import { isDispatchError } from '../errors/index.js';
import { unreachable, unusable } from './found-file.js';
import { tooLargeToFetch } from './limits.js';
import { isPublicAddress, notPublic } from './public-address.js';

const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

export interface DownloadOptions {
  url: string;
  /** JSON pointer of the URI. */
  pointer: string;
  maxBytes: number;
  signal?: AbortSignal;
  /** How it is asked, and whom; default: over TLS, public addresses. */
  request?: (url: URL, options: RequestOptions) => ClientRequest;
  isAllowed?: (address: string) => boolean;
}

/** Errors: AD_INPUT_INVALID, AD_INPUT_UNREACHABLE, AD_INPUT_TOO_LARGE. */
export async function* download(options: DownloadOptions): AsyncIterable<Uint8Array> {
  const { pointer, maxBytes } = options;
  const response = await follow(options);
  try {
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLargeToFetch(pointer, maxBytes);
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    throw isFault(error) ? unreachable(pointer, 'broke off', error) : error;
  } finally {
    response.destroy();
  }
}

async function follow(options: DownloadOptions): Promise<IncomingMessage> {
  const { pointer } = options;
  let url = new URL(options.url);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await ask(url, options);
    const { statusCode, headers } = response;
    if (statusCode === 200) return response;
    response.destroy();
    if (!REDIRECTS.has(statusCode) || headers.location === undefined)
      throw unreachable(pointer, `was answered with HTTP status ${String(statusCode)}`);
    const next = URL.canParse(headers.location, url.href) ? new URL(headers.location, url) : undefined;
    if (next?.origin !== url.origin) throw unusable(pointer, 'leads on to another host: name that one');
    url = next;
  }
  throw unreachable(pointer, 'leads on and on');
}

async function ask(url: URL, options: DownloadOptions): Promise<IncomingMessage> {
  const { pointer, signal, request = httpsRequest, isAllowed = isPublicAddress } = options;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Where the name is an address nothing is looked up.
  if (isIP(host) !== 0 && !isAllowed(host)) throw notPublic(pointer);
  const asked = request(url, {
    agent: false,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'agentdispatch' },
    lookup: allowedOnly(isAllowed, pointer),
    ...(signal && { signal }),
  });
  try {
    return await new Promise<IncomingMessage>((answered, failed) => {
      asked.once('response', answered).once('error', failed).end();
    });
  } catch (error) {
    throw isFault(error) ? unreachable(pointer, `did not answer (${reason(error)})`, error) : error;
  }
}

/** The address that was judged is the one that is used: a name may lead elsewhere the next time it is asked for. */
const allowedOnly =
  (isAllowed: (address: string) => boolean, pointer: string): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '');
      if (!addresses.every(({ address }) => isAllowed(address))) return callback(notPublic(pointer), '');
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

const isFault = (error: unknown): boolean => !isDispatchError(error);

const reason = (error: unknown): string =>
  codeOf(error) ?? (error instanceof Error ? error.message : String(error)).slice(0, 200);
