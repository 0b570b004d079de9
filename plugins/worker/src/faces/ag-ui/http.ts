// Bodies in and out, with bounds.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RunRefused } from '../../runs/run.js';

/** A task with its inputs in it, or a whole conversation. Bytes. */
const LONGEST_BODY = 32 * 1024 * 1024;

/** Errors: RunRefused `invalid`; any other is the connection's. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > LONGEST_BODY) throw new RunRefused('invalid', `The body is longer than ${LONGEST_BODY} bytes.`);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown;
  } catch {
    throw new RunRefused('invalid', 'The body is not JSON.');
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
