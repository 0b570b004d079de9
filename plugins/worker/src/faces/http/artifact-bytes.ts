// Collected files as bytes, whole or in pieces. What an agent made is for no browser to show.
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../../runs/run.js';
import { hasCode } from '../../system-error.js';

type KeptFile = NonNullable<ReturnType<Run['artifact']>>;

const LONGEST_PIECE = 4 * 1024 * 1024;
const BYTES = 'application/octet-stream';

interface Piece {
  readonly offset?: number;
  readonly maxBytes?: number;
}

export async function sendPiece(
  response: ServerResponse,
  { file, size }: KeptFile,
  { offset = 0, maxBytes = LONGEST_PIECE }: Piece,
): Promise<void> {
  const length = Math.max(Math.min(size - offset, maxBytes), 0);
  await send(response, file, { start: offset, length, type: BYTES });
}

export const sendFile = (response: ServerResponse, { file, size, mediaType = BYTES }: KeptFile): Promise<void> =>
  send(response, file, { start: 0, length: size, type: mediaType });

interface Range {
  readonly start: number;
  readonly length: number;
  readonly type: string;
}

async function send(response: ServerResponse, file: string, { start, length, type }: Range): Promise<void> {
  response.writeHead(200, {
    'content-type': type,
    'content-length': length,
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
  });
  if (length === 0) return void response.end();
  try {
    await pipeline(createReadStream(file, { start, end: start + length - 1 }), response);
  } catch (error) {
    // The reader went away.
    if (!hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE')) throw error;
  }
}
