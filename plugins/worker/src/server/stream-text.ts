// An answer that goes on: pieces of text at the reader's pace, until the source ends or the reader goes away.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../system-error.js';

/** The signal tells the source that nobody reads any more. Head and status must be set before. */
export async function streamText(
  response: ServerResponse,
  pieces: (signal: AbortSignal) => AsyncIterable<string>,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  response.flushHeaders();
  try {
    // One piece at a time: a slow reader must not make us gather them.
    await pipeline(Readable.from(pieces(gone.signal), { highWaterMark: 1 }), response);
  } catch (error) {
    if (!hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE')) throw error;
  } finally {
    response.off('close', leave);
  }
}
