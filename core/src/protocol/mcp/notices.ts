// What the server tells while a tool is at work, as events.
import type { DriverEvent } from '../../provider/index.js';
import { logParts } from '../http/transcript.js';

/** Loggers under which AgentDispatch's worker passes on running text. Others tell records, one on a line. */
const RUNNING: ReadonlySet<string> = new Set(['agent', 'stdout', 'stderr']);
const MAX_MESSAGE = 2000;

export function* loggedText(logger: string | undefined, data: unknown): Generator<DriverEvent> {
  const text = typeof data === 'string' ? data : JSON.stringify(data ?? null);
  const isRunning = logger !== undefined && RUNNING.has(logger);
  yield* logged(isRunning || text.endsWith('\n') ? text : `${text}\n`);
}

export function* logged(text: string): Generator<DriverEvent> {
  for (const part of logParts(text)) yield { type: 'log', stream: 'agent', text: part };
}

/** A fraction only where the server says of how much. */
export function progressOf(told: { progress: number; total?: number; message?: string }): DriverEvent {
  const { progress, total = 0, message } = told;
  const fraction = progress / total;
  const isFraction = total > 0 && fraction >= 0 && fraction <= 1;
  const text = message ?? (isFraction ? undefined : `${progress}`);
  return {
    type: 'progress',
    ...(text !== undefined && { message: text.slice(0, MAX_MESSAGE) }),
    ...(isFraction && { fraction }),
  };
}
