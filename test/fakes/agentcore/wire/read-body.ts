// Reads a request body up to a cap. What exceeds it is read and dropped, so that the client still gets its answer.
import type { IncomingMessage } from 'node:http';

/** The body, or `too-large`, or `client-gone` when the upload broke off. */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | 'too-large' | 'client-gone'> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
    }
  } catch {
    // The stream fails in one way only: the connection closed before the body was whole.
    return 'client-gone';
  }
  return size > maxBytes ? 'too-large' : Buffer.concat(chunks);
}
