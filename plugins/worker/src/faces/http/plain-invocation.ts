// A prompt from a caller that knows nothing of AgentDispatch: run as a task, answered with server-sent events while it works, or
// with one JSON document at its end where the caller wants only that.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkerRefusal, WorkerTask } from '@agent-dispatch/schemas';
import type { Run, RunEvent, Runs } from '../../runs/run.js';
import { plainTask } from '../../runs/plain-task.js';
import { sendJson } from '../../server/body.js';
import { withHeartbeats } from '../../server/heartbeat.js';
import { streamText } from '../../server/stream-text.js';
import type { Exchange } from './exchange.js';
import { refusalIn } from './refusal.js';

export interface Prompt {
  readonly prompt: string;
  readonly context?: unknown;
  readonly taskId?: unknown;
  readonly attempt?: unknown;
}

export const hasPrompt = (body: unknown): body is Prompt =>
  typeof body === 'object' && body !== null && 'prompt' in body && typeof body.prompt === 'string';

/** The run goes on when the caller goes away: by the header's id it is found again. */
export async function answerPrompt(prompt: Prompt, runs: Runs, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const started = await start(prompt, runs);
  if (!('code' in started)) response.setHeader('x-agentdispatch-invocation-id', started.invocationId);
  await (wantsOnlyJson(request) ? sendDocument(response, started) : sendStream(response, started));
}

async function start({ prompt, context, taskId, attempt }: Prompt, runs: Runs): Promise<Run | WorkerRefusal> {
  const given = typeof context === 'object' && context !== null ? { context: context as WorkerTask['context'] } : {};
  try {
    return await runs.start(plainTask({ instruction: prompt, ...given, taskId, attempt }, Date.now()));
  } catch (error) {
    return refusalIn(error);
  }
}

function wantsOnlyJson({ headers: { accept = '' } }: IncomingMessage): boolean {
  const types = accept.split(',').map((type) => type.split(';', 1)[0]?.trim().toLowerCase());
  return types.every((type) => type === 'application/json');
}

async function sendDocument(response: ServerResponse, started: Run | WorkerRefusal): Promise<void> {
  if ('code' in started) return sendJson(response, 200, { error: started });
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for await (const event of started.events(0, gone.signal)) {
    if (event.type === 'ended') sendJson(response, 200, { invocationId: started.invocationId, ...endOf(event) });
  }
}

async function sendStream(response: ServerResponse, started: Run | WorkerRefusal): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  await streamText(response, async function* events(gone) {
    if ('code' in started) {
      yield data({ error: started });
      return;
    }
    for await (const event of withHeartbeats(started.events(0, gone))) {
      yield event === undefined ? ':\n\n' : data(told(event));
    }
  });
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** The fields that callers of HTTP agents read by convention are `text`, `message`, `result` and `error`. */
function told(event: RunEvent): unknown {
  const { seq: _seq, at: _at, outcome, exitCode: _exitCode, ...rest } = event;
  return event.type === 'ended' ? { type: 'ended', outcome, ...endOf(event) } : rest;
}

function endOf({ result, error, outcome }: RunEvent): { result?: unknown; error?: unknown } {
  const value = result?.text ?? result?.json ?? (result && { artifact: result.artifact });
  if (outcome === 'succeeded') return { result: value ?? null };
  return {
    error: error ?? { code: 'CANCELLED', message: 'The run was cancelled.' },
    ...(value !== undefined && { output: value }),
  };
}
