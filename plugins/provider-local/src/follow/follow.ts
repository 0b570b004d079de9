// Follows claimed work to its end: output as it is recorded, then how it ended. Begins nothing and stops nothing.
import { stat } from 'node:fs/promises';
import type { DriverContext, DriverEvent } from '@agent-dispatch/core/provider';
import { readExit, type ExitRecord } from '../attempt/exit-record.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { isRunning, type ProcessIdentity } from '../attempt/process-identity.js';
import { hasCode } from '../attempt/system-error.js';
import { OutputReader, type PlacedLine } from './output-reader.js';
import { SLOW_POLL_MS, Wakeups } from './wakeups.js';

/** The shim is gone and left no record: someone killed it, or the machine restarted. */
export type WorkEnd = ExitRecord | 'shim-died';

/** Byte offset in the output record; the beginning when none of ours was given. */
export const offsetOf = (cursor: string | undefined): number => (/^\d{1,15}$/.test(cursor ?? '') ? Number(cursor) : 0);

/** How it ended, if it has. The exit record is asked again after the shim, which writes it as its last deed. */
export function workEnd(paths: AttemptPaths, shim: ProcessIdentity): WorkEnd | undefined {
  const exit = readExit(paths);
  if (exit || isRunning(shim)) return exit;
  return readExit(paths) ?? 'shim-died';
}

/** Whether the record holds output after the cursor. */
export async function hasUnread(paths: AttemptPaths, cursor: string | undefined): Promise<boolean> {
  try {
    return (await stat(paths.output)).size > offsetOf(cursor);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Yields output with cursors. Returns how the work ended, or undefined when the signal aborted before. */
export async function* followOutput(
  paths: AttemptPaths,
  shim: ProcessIdentity,
  context: DriverContext,
): AsyncGenerator<DriverEvent, WorkEnd | undefined> {
  const reader = new OutputReader(paths.output, offsetOf(context.cursor));
  const wakeups = new Wakeups(paths.root, context.clock, context.signal);
  const look = endWatch(paths, shim, context);
  try {
    while (!context.signal.aborted) {
      // Looked at before reading: once the end is there, no line comes after those read next.
      const end = look();
      yield* drain(reader, context.signal);
      if (end && !context.signal.aborted) return end;
      if (!end) await wakeups.next();
    }
    return undefined;
  } finally {
    wakeups.close();
    await reader.close();
  }
}

/** Looks for the exit record each time, for the shim's life only now and then. */
function endWatch(paths: AttemptPaths, shim: ProcessIdentity, { clock }: DriverContext): () => WorkEnd | undefined {
  let next = -Infinity;
  return () => {
    if (clock.now() < next) return readExit(paths);
    next = clock.now() + SLOW_POLL_MS;
    return workEnd(paths, shim);
  };
}

async function* drain(reader: OutputReader, signal: AbortSignal): AsyncGenerator<DriverEvent> {
  while (!signal.aborted) {
    const lines = await reader.read();
    if (lines.length === 0) return;
    for (const line of lines) yield toEvent(line);
  }
}

function toEvent({ line, after }: PlacedLine): DriverEvent {
  const cursor = String(after);
  if (!line || 'lost' in line) return { type: 'gap', from: cursor, cursor };
  return { type: 'log', stream: line.stream, text: line.text, at: line.at, cursor };
}
