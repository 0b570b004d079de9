// The calls of a dispatcher, as over plain HTTP: each comes in `forwardedProps`, and is answered in custom events. Refusals stand
// in the answer.
import { createReadStream } from 'node:fs';
import { validate, type WorkerAnswer, type WorkerCall, type WorkerEvent } from '@agent-dispatch/schemas';
import { RunRefused, type Run, type Runs } from '../../runs/run.js';
import { isRecord } from './record.js';
import { type AgUiEvent, CUSTOM } from './wire-event.js';

const WAIT_SECONDS = 600;
const LONGEST_PIECE = 4 * 1024 * 1024;
/** Bytes of an artifact in one event. */
const EVENT_BYTES = 256 * 1024;

/** Whether a dispatcher asks, and not a client of AG-UI. */
export const isDispatcherCall = (forwardedProps: unknown): boolean =>
  isRecord(forwardedProps) && typeof forwardedProps['agentdispatch'] === 'string';

/** The answer to the call, without the events that begin and end the run. */
export async function* answered(
  call: unknown,
  runs: Runs,
  signal: AbortSignal,
): AsyncGenerator<AgUiEvent, void, undefined> {
  try {
    const problems = validate('WorkerCall', call);
    if (problems.length > 0)
      throw new RunRefused(
        'invalid',
        problems.map(({ pointer, message }) => `${pointer || '/'}: ${message}`).join('; '),
      );
    yield* answerTo(call as WorkerCall, runs, signal);
  } catch (error) {
    const { code, message } = error instanceof RunRefused ? error : INTERNAL;
    yield answer({ worker: 1, bootId: runs.bootId, error: { code, message } });
  }
}

const INTERNAL = { code: 'internal', message: 'The worker failed to answer.' } as const;

const answer = (value: WorkerAnswer): AgUiEvent => ({ type: 'CUSTOM', name: CUSTOM.answer, value });
const told = (value: WorkerEvent): AgUiEvent => ({ type: 'CUSTOM', name: CUSTOM.event, value });

async function* answerTo(
  call: WorkerCall,
  runs: Runs,
  signal: AbortSignal,
): AsyncGenerator<AgUiEvent, void, undefined> {
  const { agentdispatch, invocationId = '' } = call;
  if (agentdispatch === 'start' && call.task) return yield answerOf(runs, await runs.start(call.task));
  if (agentdispatch === 'put_input') {
    const received = await runs.putInput(invocationId, pieceIn(call));
    return yield answer({ worker: 1, bootId: runs.bootId, received });
  }
  const run = runs.get(invocationId);
  if (agentdispatch === 'follow') return yield* follow(run, call, { runs, signal });
  if (!run) throw new RunRefused(UNKNOWN.code, UNKNOWN.message);
  if (agentdispatch === 'artifact') return yield* piece(run, call);
  if (agentdispatch === 'cancel') await run.cancel(call.reason);
  const receipt = call.message && (await run.send(call.message));
  yield answerOf(runs, run, receipt && { receipt });
}

const UNKNOWN = { code: 'unknown_run', message: 'Nothing is known of this invocation here.' } as const;

const answerOf = ({ bootId }: Runs, { state, lastSeq }: Run, more: Partial<WorkerAnswer> = {}): AgUiEvent =>
  answer({ worker: 1, bootId, state, lastSeq, ...more });

async function* follow(
  run: Run | undefined,
  { after = 0, waitSeconds = WAIT_SECONDS }: WorkerCall,
  { runs: { bootId }, signal }: { runs: Runs; signal: AbortSignal },
): AsyncGenerator<AgUiEvent, void, undefined> {
  if (run === undefined) return yield told({ type: 'refused', bootId, error: UNKNOWN });
  const upTo = waitSeconds === 0 ? run.lastSeq : Infinity;
  yield told({ type: 'attached', bootId });
  if (upTo <= after) return;
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), waitSeconds * 1000);
  try {
    for await (const event of run.events(after, upTo === Infinity ? AbortSignal.any([signal, over.signal]) : signal)) {
      yield told(event);
      if (event.seq === upTo) return;
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* piece(
  run: Run,
  { name = '', offset = 0, maxBytes = LONGEST_PIECE }: WorkerCall,
): AsyncGenerator<AgUiEvent, void, undefined> {
  const found = run.artifact(name);
  if (!found) throw new RunRefused('invalid', `The run left no artifact ${name}.`);
  const end = Math.min(found.size, offset + maxBytes);
  if (end <= offset) return yield bytes(Buffer.alloc(0));
  const file = createReadStream(found.file, { start: offset, end: end - 1, highWaterMark: EVENT_BYTES });
  for await (const part of file as AsyncIterable<Buffer>) yield bytes(part);
}

const bytes = (part: Buffer): AgUiEvent => ({ type: 'CUSTOM', name: CUSTOM.bytes, value: part.toString('base64') });

const pieceIn = ({
  path = '',
  sha256 = '',
  size = 0,
  offset = 0,
  base64 = '',
}: WorkerCall): Parameters<Runs['putInput']>[1] => ({
  path,
  sha256,
  size,
  offset,
  bytes: Buffer.from(base64, 'base64'),
});
