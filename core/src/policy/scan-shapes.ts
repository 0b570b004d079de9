// Finds the well-known shapes in a text: vendor keys, private key blocks, user and password in a URL, HTTP
// authorization, an AWS secret key near its id. Names and assignments are the matter of scan-assignments.ts.
import { CREDENTIAL_SHAPES, type CredentialShape } from './credential-shapes.js';
import { isPadded, isStandIn, looksGenerated } from './plausible-secret.js';

/** A stretch of a text that holds a secret: `start` inclusive, `end` exclusive, in UTF-16 units. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/** A private key without an end marker is taken to reach this far. */
export const MAX_BLOCK_LENGTH = 16_384;
const AWS_PAIR_DISTANCE = 300;

const PRIVATE_BLOCKS = [
  {
    begin: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g,
    anchor: 'PRIVATE KEY',
    end: /-----END [A-Z0-9 ]{0,40}-----/g,
  },
  { begin: /PuTTY-User-Key-File-\d:/g, anchor: 'PuTTY-User-Key-File-', end: /Private-MAC: ?[0-9a-f]{1,128}/g },
];
const USERINFO = /:\/\/(?<user>[^\s/?#:@"'<>]{0,256}):(?<secret>[^\s/?#"'<>]{1,512})@/dg;
const USERINFO_STAND_IN = /^(?:pass(?:word|wd)?|pwd|secret|token|key|x+|\*+)$/i;
const HTTP_AUTHORIZATION = /\b(?<scheme>bearer|basic|token)\s{1,4}["'`]?(?<secret>[\w\-./+=~:]{8,8192})/dgi;
const AWS_SECRET = /(?<![\w/+=-])[A-Za-z0-9/+]{40}(?![\w/+=-])/g;

/** @returns the spans of every known shape, unordered and possibly overlapping; the most telling rule comes first. */
export function scanShapes(text: string): SecretSpan[] {
  const shaped = [...knownShapes(text)];
  const awsIds = shaped.filter(({ rule }) => rule === 'aws-access-key-id');
  return [...shaped, ...awsSecretKeys(text, awsIds), ...userinfo(text), ...httpAuthorization(text)];
}

function* knownShapes(text: string): Generator<SecretSpan> {
  for (const { anchor, begin, end } of PRIVATE_BLOCKS)
    if (text.includes(anchor)) yield* privateBlocks(text, begin, end);
  for (const shape of CREDENTIAL_SHAPES)
    if (shape.anchors.some((anchor) => text.includes(anchor))) yield* matches(text, shape);
}

function* matches(text: string, { rule, pattern }: CredentialShape): Generator<SecretSpan> {
  for (const match of text.matchAll(pattern)) {
    const [start, end] = match.indices?.groups?.secret ?? [match.index, match.index + match[0].length];
    const secret = text.slice(start, Math.min(end, start + 256));
    const standIn = rule === 'command-flag' ? isStandIn(secret) || /^\d+(?::\d+)?$/.test(secret) : isPadded(secret);
    if (!standIn) yield { start, end, rule };
  }
}

function* privateBlocks(text: string, begin: RegExp, end: RegExp): Generator<SecretSpan> {
  let scannedTo = 0;
  for (const match of text.matchAll(begin)) {
    if (match.index < scannedTo) continue;
    const bodyStart = match.index + match[0].length;
    const body = text.slice(bodyStart, bodyStart + MAX_BLOCK_LENGTH);
    const ending = body.matchAll(end).next().value;
    const bodyLength = ending === undefined ? body.length : ending.index + ending[0].length;
    scannedTo = bodyStart + bodyLength;
    if (/[A-Za-z0-9+/=]{16}/.test(body.slice(0, bodyLength)))
      yield { start: match.index, end: scannedTo, rule: 'private-key' };
  }
}

function* awsSecretKeys(text: string, ids: readonly SecretSpan[]): Generator<SecretSpan> {
  for (const id of ids) {
    const from = Math.max(0, id.start - AWS_PAIR_DISTANCE);
    for (const match of text.slice(from, id.end + AWS_PAIR_DISTANCE).matchAll(AWS_SECRET)) {
      const mixed = /[a-z]/.test(match[0]) && /[A-Z]/.test(match[0]) && /\d/.test(match[0]);
      if (mixed)
        yield { start: from + match.index, end: from + match.index + match[0].length, rule: 'aws-secret-access-key' };
    }
  }
}

function* userinfo(text: string): Generator<SecretSpan> {
  for (const match of text.matchAll(USERINFO)) {
    const secret = match.groups?.secret ?? '';
    const range = match.indices?.groups?.secret;
    if (range !== undefined && !USERINFO_STAND_IN.test(secret) && !isStandIn(secret))
      yield { start: range[0], end: range[1], rule: 'url-userinfo' };
  }
}

function* httpAuthorization(text: string): Generator<SecretSpan> {
  for (const match of text.matchAll(HTTP_AUTHORIZATION)) {
    const secret = match.groups?.secret ?? '';
    const range = match.indices?.groups?.secret;
    if (range === undefined || isStandIn(secret)) continue;
    const scheme = match.groups?.scheme?.toLowerCase();
    const issued = scheme === 'basic' ? isBasicPair(secret) : secret.length >= 16 && looksGenerated(secret);
    if (issued) yield { start: range[0], end: range[1], rule: 'http-authorization' };
  }
}

/** @returns true when `value` is base64 of `user:password`, as HTTP Basic and registry logins write it. */
export function isBasicPair(value: string): boolean {
  if (!/^[A-Za-z0-9+/_-]{8,2048}={0,2}$/.test(value)) return false;
  return /^[\x20-\x39\x3b-\x7e]{0,256}:[\x20-\x7e]{3,}$/.test(Buffer.from(value, 'base64').toString('latin1'));
}
