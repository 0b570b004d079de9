// Verifies the AWS Signature Version 4 of one request, written from the public signing specification
// and independent of the SDK's signer. Knows keys and scopes; permissions are checked elsewhere.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from './service-error.js';

export const SIGNING_SERVICE = 'bedrock-agentcore';

export interface Credential {
  /** Twelve digits. */
  readonly account: string;
  readonly secretAccessKey: string;
  /** Set for temporary credentials: the request must carry exactly this token. */
  readonly sessionToken?: string | undefined;
  /** Operations this identity may not call; each gets AccessDeniedException. Default none. */
  readonly denied?: readonly string[] | undefined;
}

/** An identity that proved its key. */
export type Caller = Credential & { readonly accessKeyId: string };

/** What a signature must be made for. */
export interface Scope {
  readonly region: string;
  readonly service: string;
}

export type CredentialTable = Readonly<Record<string, Credential>>;

export interface SignedRequest {
  readonly method: string;
  /** As it stood on the request line, prefix included, without the query. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** The parts of a SigV4 Authorization header; undefined when there is none or it has another form. */
export function readAuthorization(headers: IncomingHttpHeaders): Authorization | undefined {
  const [, accessKeyId, date, region, service, signedHeaders, signature] = FORM.exec(headers.authorization ?? '') ?? [];
  if (!accessKeyId || !date || !region || !service || !signedHeaders || !signature) return undefined;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** How far the time of a signature may be from that of the service. */
const MOST_SKEW_MS = 5 * 60_000;

/**
 * @param now epoch milliseconds by the service's clock.
 * @throws ServiceError with status 403, naming what is wrong as the service would.
 */
export function verifySignature(
  request: SignedRequest,
  scope: Scope & { now: number },
  credentials: CredentialTable,
): Caller {
  const authorization = requireAuthorization(request.headers);
  requireScope(authorization, scope);
  requireCurrent(canonicalValue(request.headers['x-amz-date']), scope.now);
  const credential = Object.hasOwn(credentials, authorization.accessKeyId)
    ? credentials[authorization.accessKeyId]
    : undefined;
  if (credential === undefined || request.headers['x-amz-security-token'] !== credential.sessionToken) {
    throw new ServiceError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const canonical = canonicalRequest(request, authorization);
  const expected = sign(canonical, request.headers, { ...authorization, secret: credential.secretAccessKey });
  if (!timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(authorization.signature, 'hex'))) {
    throw new ServiceError('InvalidSignatureException', mismatch(canonical));
  }
  return { ...credential, accessKeyId: authorization.accessKeyId };
}

function requireAuthorization(headers: IncomingHttpHeaders): Authorization {
  if (headers.authorization === undefined) {
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const authorization = readAuthorization(headers);
  if (authorization === undefined) {
    throw new ServiceError(
      'IncompleteSignatureException',
      'The Authorization header is not a complete AWS4-HMAC-SHA256 signature.',
    );
  }
  return authorization;
}

function requireCurrent(signedAt: string, now: number): void {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(signedAt) ?? [];
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (Math.abs(now - at) <= MOST_SKEW_MS) return;
  const what = at < now ? 'Signature expired' : 'Signature not yet current';
  const than = at < now ? 'earlier' : 'later';
  const edge = now + (at < now ? -MOST_SKEW_MS : MOST_SKEW_MS);
  throw new ServiceError(
    'InvalidSignatureException',
    `${what}: ${signedAt} is ${at < now ? 'now' : 'still'} ${than} than ${stamp(edge)} (${stamp(now)} ${at < now ? '-' : '+'} 5 min.)`,
  );
}

const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');

function requireScope(authorization: Authorization, { region, service }: Scope): void {
  if (authorization.service !== service) {
    throw new ServiceError(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${service}'.`,
    );
  }
  if (authorization.region !== region) {
    throw new ServiceError(
      'InvalidSignatureException',
      `Credential should be scoped to a valid region, not '${authorization.region}'.`,
    );
  }
  const missing = ['host', 'x-amz-date'].filter((name) => !authorization.signedHeaders.includes(name));
  if (missing.length > 0) {
    throw new ServiceError('InvalidSignatureException', `These headers must be signed: ${missing.join(', ')}.`);
  }
}

/** The service shows what it signed, the caller's session token included. */
const mismatch = (canonical: string): string =>
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
  `signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'${canonical}'\n`;

function canonicalRequest(request: SignedRequest, { signedHeaders }: Authorization): string {
  return [
    request.method,
    canonicalPath(request.rawPath),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(request.headers[name])}`),
    '',
    signedHeaders.join(';'),
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n');
}

function sign(
  canonical: string,
  headers: IncomingHttpHeaders,
  { date, region, service, secret }: Authorization & { readonly secret: string },
): string {
  const scope = `${date}/${region}/${service}/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', canonicalValue(headers['x-amz-date']), scope, digest].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (previous, part) => hmac(previous, part),
    `AWS4${secret}`,
  );
  return hmac(key, toSign).toString('hex');
}

function hmac(key: Buffer | string, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest();
}

// Each segment is encoded once more than it was sent (only S3 signs the path as it is); empty segments vanish.
function canonicalPath(rawPath: string): string {
  const segments = rawPath
    .split('/')
    .filter((segment) => segment !== '')
    .map(encode);
  return `/${segments.join('/')}${segments.length > 0 && rawPath.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function canonicalValue(value: string | readonly string[] | undefined): string {
  return [value ?? '']
    .flat()
    .join(',')
    .trim()
    .replace(/[ \t]+/g, ' ');
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
