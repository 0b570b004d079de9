// Bodies in and out, with bounds.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A start with its inputs in it; what is larger goes through put_input. */
const LONGEST_BODY = 32 * 1024 * 1024;

/** The body is longer than this server reads. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Errors: BodyTooLarge; any other is the connection's. */
export async function readBody(request: IncomingMessage, longest = LONGEST_BODY): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > longest) throw new BodyTooLarge(`The body is longer than ${longest} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Undefined when it is no JSON. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
