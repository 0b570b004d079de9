// A run's events as lines of JSON, for as long as the caller wants to wait. Empty lines show that the connection lives.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import type { Run } from '../../runs/run.js';
import { hasCode } from '../../system-error.js';
import { withHeartbeats } from './heartbeat.js';

export interface EventLines {
  readonly after: number;
  readonly waitSeconds: number;
  /** A line before all others. */
  readonly first?: WorkerEvent;
}

export async function sendEvents(
  response: ServerResponse,
  run: Run,
  { after, waitSeconds, first }: EventLines,
): Promise<void> {
  const over = new AbortController();
  const upTo = waitSeconds === 0 ? run.lastSeq : undefined;
  const timer = upTo === undefined ? setTimeout(() => over.abort(), waitSeconds * 1000) : undefined;
  response.once('close', () => over.abort());
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  response.flushHeaders();
  try {
    // One line at a time: a slow reader must not make us gather them.
    await pipeline(Readable.from(lines(run, { after, upTo, first }, over.signal), { highWaterMark: 1 }), response);
  } catch (error) {
    // The reader went away.
    if (!hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR')) throw error;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

interface Lines {
  readonly after: number;
  /** The last event that is given; undefined: to the end. */
  readonly upTo?: number;
  readonly first?: WorkerEvent;
}

async function* lines(run: Run, { after, upTo, first }: Lines, signal: AbortSignal): AsyncGenerator<string> {
  if (first) yield `${JSON.stringify(first)}\n`;
  if (upTo !== undefined && upTo <= after) return;
  for await (const event of withHeartbeats(run.events(after, signal))) {
    if (event === undefined) yield '\n';
    else {
      yield `${JSON.stringify(event)}\n`;
      if (event.seq === upTo) return;
    }
  }
}
