// The calls of a dispatcher. Refusals stand in the answer, with status 200: clouds replace what comes with another.
import type { ServerResponse } from 'node:http';
import type { WorkerAnswer, WorkerCall, WorkerRefusal } from '@agent-dispatch/schemas';
import { RunRefused, type Run, type Runs } from '../../runs/run.js';
import { sendJson } from '../../server/body.js';
import { sendArtifact } from './artifact-bytes.js';
import { sendEvents } from './event-lines.js';

const WAIT_SECONDS = 600;

export async function answerCall(call: WorkerCall, runs: Runs, response: ServerResponse): Promise<void> {
  try {
    if (call.agentdispatch === 'follow') return await follow(call, runs, response);
    if (call.agentdispatch === 'artifact') return await artifact(call, runs, response);
    sendJson(response, 200, { worker: 1, bootId: runs.bootId, ...(await answer(call, runs)) } satisfies WorkerAnswer);
  } catch (error) {
    sendJson(response, 200, { worker: 1, bootId: runs.bootId, error: refusalIn(error) } satisfies WorkerAnswer);
  }
}

async function answer(call: WorkerCall, runs: Runs): Promise<Partial<WorkerAnswer>> {
  switch (call.agentdispatch) {
    case 'start':
      if (!call.task) throw new RunRefused('invalid', 'A start needs a task.');
      return standing(await runs.start(call.task));
    case 'put_input':
      return { received: await runs.putInput(call.invocationId ?? '', pieceIn(call)) };
    case 'send': {
      const run = runOf(call, runs);
      if (!call.message) throw new RunRefused('invalid', 'A send needs a message.');
      return { receipt: await run.send(call.message), ...standing(run) };
    }
    default: {
      const run = runOf(call, runs);
      await run.cancel(call.reason);
      return standing(run);
    }
  }
}

async function follow(call: WorkerCall, runs: Runs, response: ServerResponse): Promise<void> {
  const run = runs.get(call.invocationId ?? '');
  const { after = 0, waitSeconds = WAIT_SECONDS } = call;
  const { bootId } = runs;
  if (run) return sendEvents(response, run, { after, waitSeconds, first: { type: 'attached', bootId } });
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.end(`${JSON.stringify({ type: 'refused', bootId, error: UNKNOWN })}\n`);
}

async function artifact(call: WorkerCall, runs: Runs, response: ServerResponse): Promise<void> {
  const found = runOf(call, runs).artifact(call.name ?? '');
  if (!found) throw new RunRefused('invalid', `The run left no artifact ${call.name}.`);
  await sendArtifact(response, found, call);
}

const standing = ({ state, lastSeq }: Run): Partial<WorkerAnswer> => ({ state, lastSeq });

const UNKNOWN: WorkerRefusal = { code: 'unknown_run', message: 'Nothing is known of this invocation here.' };

function runOf({ invocationId = '' }: WorkerCall, runs: Runs): Run {
  const run = runs.get(invocationId);
  if (!run) throw new RunRefused(UNKNOWN.code, UNKNOWN.message);
  return run;
}

function pieceIn({
  path = '',
  sha256 = '',
  size = 0,
  offset = 0,
  base64 = '',
}: WorkerCall): Parameters<Runs['putInput']>[1] {
  return { path, sha256, size, offset, bytes: Buffer.from(base64, 'base64') };
}

export function refusalIn(error: unknown): WorkerRefusal {
  if (error instanceof RunRefused) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'The worker failed to answer.' };
}
