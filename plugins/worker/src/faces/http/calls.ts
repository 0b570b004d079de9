// The calls of a dispatcher. Refusals stand in the answer, with status 200: clouds replace what comes with another.
import type { ServerResponse } from 'node:http';
import type { WorkerAnswer, WorkerCall } from '@agent-dispatch/schemas';
import { RunRefused, type InputPiece, type Run, type Runs } from '../../runs/run.js';
import { sendJson } from '../../server/body.js';
import { sendPiece } from './artifact-bytes.js';
import { LINES, sendEvents, WAIT_SECONDS } from './event-lines.js';
import { refusalIn, UNKNOWN_RUN } from './refusal.js';

const MOST_PIECE = 4 * 1024 * 1024;

/** @param call valid by its schema. */
export async function answerCall(call: WorkerCall, runs: Runs, response: ServerResponse): Promise<void> {
  try {
    if (call.agentdispatch === 'follow') return await follow(call, runs, response);
    if (call.agentdispatch === 'artifact') return await artifact(call, runs, response);
    sendAnswer(response, runs, await answer(call, runs));
  } catch (error) {
    if (response.headersSent) throw error;
    sendAnswer(response, runs, { error: refusalIn(error) });
  }
}

export function sendAnswer(response: ServerResponse, { bootId }: Runs, answer: Partial<WorkerAnswer>): void {
  sendJson(response, 200, { worker: 1, bootId, ...answer } satisfies WorkerAnswer);
}

/** Of the calls that are answered once. Errors: RunRefused. */
export async function answer(call: WorkerCall, runs: Runs): Promise<Partial<WorkerAnswer>> {
  const { agentdispatch, task, message, invocationId = '', reason } = call;
  if (agentdispatch === 'start' && task) return standing(await runs.start(task));
  if (agentdispatch === 'put_input') return { received: await runs.putInput(invocationId, pieceIn(call)) };
  const run = runOf(call, runs);
  if (agentdispatch === 'send' && message) {
    const receipt = await run.send(message);
    return { receipt, ...standing(run) };
  }
  await run.cancel(reason);
  return standing(run);
}

async function follow(call: WorkerCall, runs: Runs, response: ServerResponse): Promise<void> {
  const { invocationId = '', after = 0, waitSeconds = WAIT_SECONDS.default } = call;
  const { bootId } = runs;
  const run = runs.get(invocationId);
  if (run) return sendEvents(response, run, { after, waitSeconds, bootId });
  response.writeHead(200, LINES);
  response.end(`${JSON.stringify({ type: 'refused', bootId, error: UNKNOWN_RUN })}\n`);
}

async function artifact(call: WorkerCall, runs: Runs, response: ServerResponse): Promise<void> {
  const found = runOf(call, runs).artifact(call.name ?? '');
  if (!found) throw new RunRefused('invalid', `The run left no artifact ${call.name}.`);
  await sendPiece(response, found, call);
}

const standing = ({ state, lastSeq }: Run): Partial<WorkerAnswer> => ({ state, lastSeq });

/** Errors: RunRefused. */
export function runOf({ invocationId = '' }: WorkerCall, runs: Runs): Run {
  const run = runs.get(invocationId);
  if (!run) throw new RunRefused(UNKNOWN_RUN.code, UNKNOWN_RUN.message);
  return run;
}

function pieceIn({ path = '', sha256 = '', size = 0, offset = 0, base64 = '' }: WorkerCall): InputPiece {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > MOST_PIECE) throw new RunRefused('invalid', `A piece has at most ${MOST_PIECE} bytes.`);
  return { path, sha256, size, offset, bytes };
}
