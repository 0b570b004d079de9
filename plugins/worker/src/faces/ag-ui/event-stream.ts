// The events of one run to one client.
import type { ServerResponse } from 'node:http';
import { withHeartbeats } from '../../server/heartbeat.js';
import { streamText } from '../../server/stream-text.js';
import { refusalIn } from '../http/refusal.js';
import { type AgUiEvent, asFrame } from './wire-event.js';

const HEAD = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

export type RunEvents = AsyncGenerator<AgUiEvent, void, undefined>;

/**
 * A failure of the events is told as that of the run.
 * @param events told whether the client is gone.
 * @param heartbeat what is written into a silence: a whole frame.
 */
export async function sendRun(
  response: ServerResponse,
  events: (gone: AbortSignal) => RunEvents,
  heartbeat: string,
): Promise<void> {
  response.writeHead(200, HEAD);
  await streamText(response, async function* frames(gone) {
    try {
      for await (const event of withHeartbeats(events(gone))) yield event === undefined ? heartbeat : asFrame(event);
    } catch (error) {
      yield asFrame({ type: 'RUN_ERROR', ...refusalIn(error) });
    }
  });
}
