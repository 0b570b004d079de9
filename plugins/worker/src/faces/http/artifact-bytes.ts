// A piece of a collected file, as bytes.
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../../runs/run.js';

type KeptFile = NonNullable<ReturnType<Run['artifact']>>;

const LONGEST_PIECE = 4 * 1024 * 1024;

export async function sendArtifact(
  response: ServerResponse,
  { file, size }: KeptFile,
  { offset = 0, maxBytes = LONGEST_PIECE }: { offset?: number; maxBytes?: number },
): Promise<void> {
  const end = Math.min(size, offset + maxBytes);
  const length = Math.max(end - offset, 0);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
  if (length === 0) return void response.end();
  await pipeline(createReadStream(file, { start: offset, end: end - 1 }), response);
}
