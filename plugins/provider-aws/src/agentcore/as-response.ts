// Turns an agent's answer into a web Response with a body that streams as it is read.
import type { Readable } from 'node:stream';
import type { AgentAnswer } from '../aws/agent-answer.js';

/** How much of a body is read ahead of its reader, in bytes. */
const READ_AHEAD = 64 * 1024;

/** Statuses with which a Response may carry no body. */
const NO_BODY = new Set([204, 205, 304]);

/**
 * Cancelling the body closes the connection.
 * @param settle called once the connection is over, whatever ended it.
 */
export function asResponse({ statusCode: status, headers, body: source }: AgentAnswer, settle: () => void): Response {
  if (source === undefined || NO_BODY.has(status)) {
    source?.destroy();
    settle();
    return new Response(null, { status, headers });
  }
  source.once('close', settle);
  return new Response(bodyOf(source), { status, headers });
}

/** Node's own conversion throws into nowhere when a body is cancelled that has just been asked for more. */
function bodyOf(source: Readable): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let isCancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (isCancelled) return;
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel() {
        isCancelled = true;
        source.destroy();
      },
    },
    // A slow reader must slow the agent down.
    new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD }),
  );
}
