// The answers to one call as server-sent events.
import type { ServerResponse } from 'node:http';
import { sendJson } from '../../server/body.js';
import { withHeartbeats } from '../../server/heartbeat.js';
import { streamText } from '../../server/stream-text.js';

const HEAD = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

/**
 * A stream that fails before its first answer is answered whole, as clients look for errors there.
 * @param failure the answer that tells of an error.
 */
export async function sendStream(
  response: ServerResponse,
  answers: AsyncGenerator<unknown, void, undefined>,
  failure: (error: unknown) => unknown,
): Promise<void> {
  let first: IteratorResult<unknown, void>;
  try {
    first = await answers.next();
  } catch (error) {
    return sendJson(response, 200, failure(error));
  }
  response.writeHead(200, HEAD);
  await streamText(response, async function* events() {
    if (first.done === true) return;
    yield sse(first.value);
    try {
      for await (const answer of withHeartbeats(answers)) yield answer === undefined ? ':\n\n' : sse(answer);
    } catch (error) {
      yield sse(failure(error));
    }
  });
}

const sse = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
