// The worker's face in AG-UI: POST /invocations with a RunAgentInput, answered with the events of the run. For clients that know
// nothing of this worker, and for dispatchers, whose calls it carries.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkerRefusal } from '@agent-dispatch/schemas';
import { RunRefused, type Runs } from '../../runs/run.js';
import type { CreateFace, Face } from '../face.js';
import { type Standing, runFor } from './client-run.js';
import { answered, isDispatcherCall } from './dispatcher-call.js';
import { sendEvents } from './event-stream.js';
import { readJson, sendJson } from './http.js';
import { readRunInput, type RunInput } from './run-input.js';
import { stateWith, Told } from './told.js';
import { type AgUiEvent, asFrame, CUSTOM, HEARTBEAT, PROTOCOL_VERSION } from './wire-event.js';

const PATH = '/invocations';

class AgUiFace implements Face {
  constructor(private readonly runs: Runs) {}

  accepts({ method, url = '' }: IncomingMessage): boolean {
    return method === 'POST' && url.split('?', 1)[0] === PATH;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const input = readRunInput(await readJson(request));
      const { signal } = gone;
      if (isDispatcherCall(input.forwardedProps)) {
        return await sendEvents(response, this.#forDispatcher(input, signal), { heartbeat: ALIVE, signal });
      }
      const standing = await runFor(input, this.runs);
      await sendEvents(response, forClient(input, standing, signal), { heartbeat: HEARTBEAT, signal });
    } catch (error) {
      if (!(error instanceof RunRefused) || response.headersSent) throw error;
      // The protocol wants what is refused before the run told outside of its events.
      const { code, message } = error;
      sendJson(response, STATUS[code], { error: { code, message } });
    }
  }

  async *#forDispatcher(input: RunInput, signal: AbortSignal): AsyncGenerator<AgUiEvent, void, undefined> {
    yield begun(input);
    yield* answered(input.forwardedProps, this.runs, signal);
    yield { type: 'RUN_FINISHED', ...namesOf(input) };
  }
}

/** Until the run asks or ends. A client that goes away does not stop it. */
async function* forClient(
  input: RunInput,
  { run, after }: Standing,
  signal: AbortSignal,
): AsyncGenerator<AgUiEvent, void, undefined> {
  const told = new Told(run, namesOf(input));
  yield begun(input);
  if (after === 0) yield { type: 'STATE_SNAPSHOT', snapshot: stateWith(input.state) };
  for await (const event of run.events(after, signal)) {
    yield* told.events(event);
    if (told.isOver) return;
  }
}

const namesOf = ({ threadId, runId }: RunInput): { threadId: string; runId: string } => ({ threadId, runId });

const begun = (input: RunInput): AgUiEvent => ({
  type: 'RUN_STARTED',
  ...namesOf(input),
  protocolVersion: PROTOCOL_VERSION,
});

const ALIVE = asFrame({ type: 'CUSTOM', name: CUSTOM.alive, value: null });

const STATUS: Readonly<Record<WorkerRefusal['code'], number>> = {
  invalid: 400,
  unknown_run: 404,
  another_task: 409,
  ended: 410,
  refused: 422,
  digest_mismatch: 422,
  full: 503,
  internal: 500,
};

export const createFace: CreateFace = (runs) => new AgUiFace(runs);
