// The calls of a dispatcher, as over plain HTTP: each comes in `forwardedProps`, and is answered in custom events. Refusals stand
// in the answer.
import { createReadStream } from 'node:fs';
import type { WorkerAnswer, WorkerCall, WorkerEvent } from '@agent-dispatch/schemas';
import { problemsIn } from '../../problems.js';
import { RunRefused, type Run, type Runs } from '../../runs/run.js';
import { answer, runOf } from '../http/calls.js';
import { WAIT_SECONDS } from '../http/event-lines.js';
import { refusalIn, UNKNOWN_RUN } from '../http/refusal.js';
import type { RunEvents } from './event-stream.js';
import { type AgUiEvent, CUSTOM } from './wire-event.js';

const LONGEST_PIECE = 4 * 1024 * 1024;
/** Bytes of an artifact in one event; a multiple of three, so that base64 adds nothing to it. */
const EVENT_BYTES = 192 * 1024;

/** Whether a dispatcher asks, and not a client of AG-UI. */
export const isDispatcherCall = (forwardedProps: unknown): forwardedProps is object =>
  typeof forwardedProps === 'object' && forwardedProps !== null && 'agentdispatch' in forwardedProps;

/** The answer to the call, without the events that begin and end the run. */
export async function* answered(call: object, runs: Runs, gone: AbortSignal): RunEvents {
  try {
    const problems = problemsIn('WorkerCall', call);
    if (problems !== undefined) throw new RunRefused('invalid', problems);
    yield* answerTo(call as WorkerCall, runs, gone);
  } catch (error) {
    yield answering(runs, { error: refusalIn(error) });
  }
}

async function* answerTo(call: WorkerCall, runs: Runs, gone: AbortSignal): RunEvents {
  if (call.agentdispatch === 'follow') yield* follow(call, runs, gone);
  else if (call.agentdispatch === 'artifact') yield* piece(runOf(call, runs), call);
  else yield answering(runs, await answer(call, runs));
}

const answering = ({ bootId }: Runs, more: Partial<WorkerAnswer>): AgUiEvent => ({
  type: 'CUSTOM',
  name: CUSTOM.answer,
  value: { worker: 1, bootId, ...more } satisfies WorkerAnswer,
});

const told = (value: WorkerEvent): AgUiEvent => ({ type: 'CUSTOM', name: CUSTOM.event, value });

async function* follow(call: WorkerCall, runs: Runs, gone: AbortSignal): RunEvents {
  const { invocationId = '', after = 0, waitSeconds = WAIT_SECONDS.default } = call;
  const { bootId } = runs;
  const run = runs.get(invocationId);
  if (run === undefined) {
    yield told({ type: 'refused', bootId, error: UNKNOWN_RUN });
    return;
  }
  const upTo = waitSeconds === 0 ? run.lastSeq : Infinity;
  const enough = AbortSignal.timeout(waitSeconds * 1000);
  yield told({ type: 'attached', bootId });
  if (upTo <= after) return;
  for await (const event of run.events(after, upTo === Infinity ? AbortSignal.any([gone, enough]) : gone)) {
    yield told(event);
    if (event.seq >= upTo) return;
  }
}

async function* piece(run: Run, { name = '', offset = 0, maxBytes = LONGEST_PIECE }: WorkerCall): RunEvents {
  const found = run.artifact(name);
  if (!found) throw new RunRefused('invalid', `The run left no artifact ${name}.`);
  const end = Math.min(found.size, offset + maxBytes);
  // No bytes are an answer, too.
  if (end <= offset) yield bytes(Buffer.alloc(0));
  else {
    const file = createReadStream(found.file, { start: offset, end: end - 1, highWaterMark: EVENT_BYTES });
    for await (const part of file as AsyncIterable<Buffer>) yield bytes(part);
  }
}

const bytes = (part: Buffer): AgUiEvent => ({ type: 'CUSTOM', name: CUSTOM.bytes, value: part.toString('base64') });
