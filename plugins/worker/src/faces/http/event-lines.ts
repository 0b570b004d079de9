// A run's events as lines of JSON, for as long as the caller wants to wait. Empty lines show that the connection lives.
import type { ServerResponse } from 'node:http';
import type { Run } from '../../runs/run.js';
import { withHeartbeats } from '../../server/heartbeat.js';
import { streamText } from '../../server/stream-text.js';

export interface Following {
  /** Sequence number of the last event known. */
  readonly after: number;
  /** 0: with what is there already. */
  readonly waitSeconds: number;
  readonly bootId: string;
}

/** What callers wait for by default, and at most. */
export const WAIT_SECONDS = { default: 600, most: 3600 } as const;

export const LINES = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' };

export async function sendEvents(response: ServerResponse, run: Run, following: Following): Promise<void> {
  const upTo = following.waitSeconds === 0 ? run.lastSeq : Infinity;
  response.writeHead(200, LINES);
  await streamText(response, async function* lines(gone) {
    const enough = AbortSignal.timeout(following.waitSeconds * 1000);
    yield `${JSON.stringify({ type: 'attached', bootId: following.bootId })}\n`;
    if (upTo <= following.after) return;
    const signal = upTo === Infinity ? AbortSignal.any([gone, enough]) : gone;
    for await (const event of withHeartbeats(run.events(following.after, signal))) {
      yield event === undefined ? '\n' : `${JSON.stringify(event)}\n`;
      if (event !== undefined && event.seq >= upTo) return;
    }
  });
}
