// Writes an answer to the socket, in the shape a fault asks for. The agent's stream is always read to its end:
// a client that goes away, or an answer that gets lost, never stops the work behind it.
import type { ServerResponse } from 'node:http';
import type { Body, Reply } from './encode-output.js';

/** What a fault does to an answer whose work has been done. */
export interface Shaping {
  /** Drop the connection instead of sending the status line. */
  readonly loseResponse?: boolean | undefined;
  /** Drop the connection after this many body chunks; 0 drops it right after the headers. */
  readonly resetAfterChunks?: number | undefined;
  /** Awaited before each body chunk. */
  readonly beforeChunk?: (() => Promise<void>) | undefined;
}

export type Delivered = 'answered' | 'lost' | 'reset' | 'client-gone';

export async function deliver(response: ServerResponse, reply: Reply, shaping: Shaping = {}): Promise<Delivered> {
  if (shaping.loseResponse) {
    response.destroy();
    await drain(reply.body);
    return 'lost';
  }
  if (response.destroyed) {
    await drain(reply.body);
    return 'client-gone';
  }
  response.writeHead(reply.status, { ...reply.headers, ...lengthHeader(reply.body) });
  response.flushHeaders();
  return writeBody(response, reply.body, shaping);
}

async function writeBody(response: ServerResponse, body: Body, shaping: Shaping): Promise<Delivered> {
  let sent = 0;
  let wasReset = false;
  const resetWhenDue = (): void => {
    if (sent !== shaping.resetAfterChunks) return;
    wasReset = true;
    response.destroy();
  };
  resetWhenDue();
  try {
    for await (const chunk of chunksOf(body)) {
      if (response.destroyed) continue;
      await shaping.beforeChunk?.();
      await write(response, chunk);
      sent += 1;
      resetWhenDue();
    }
  } catch (cause) {
    // The container broke off in the middle: the client sees its connection die, and the caller learns why.
    response.destroy();
    throw cause;
  }
  if (wasReset) return 'reset';
  if (response.destroyed) return 'client-gone';
  response.end();
  return 'answered';
}

function write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    // A closed connection may leave the write callback uncalled.
    response.once('close', resolve);
    response.write(chunk, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}

async function drain(body: Body): Promise<void> {
  const iterator = chunksOf(body)[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}

async function* chunksOf(body: Body): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

function lengthHeader(body: Body): Record<string, string> {
  return body instanceof Uint8Array ? { 'content-length': String(body.byteLength) } : {};
}
