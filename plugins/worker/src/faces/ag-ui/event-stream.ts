// A stream of events to one client: written no faster than it is taken, and never silent for long.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AgUiEvent, asFrame } from './wire-event.js';

/** Breaks the silence, so that whatever stands between does not take the stream for dead. */
const SILENCE_MS = 15_000;

export interface StreamOptions {
  /** What is written into a silence: a whole frame. */
  readonly heartbeat: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** Ends the response. A failure of `events` is told as the error of the run. */
export async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<AgUiEvent>,
  { heartbeat, signal }: StreamOptions,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const beats = setInterval(() => void response.write(heartbeat), SILENCE_MS);
  try {
    for await (const event of events) {
      beats.refresh();
      if (signal.aborted) return;
      if (!response.write(asFrame(event))) await once(response, 'drain', { signal });
    }
  } catch {
    // What went wrong inside is nobody's business outside; a client that is gone hears nothing.
    if (!signal.aborted) response.write(asFrame(FAILED));
  } finally {
    clearInterval(beats);
    response.end();
  }
}

const FAILED: AgUiEvent = { type: 'RUN_ERROR', message: 'The worker failed to answer.', code: 'internal' };
