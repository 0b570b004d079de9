// The worker's face in AG-UI: POST /invocations with a RunAgentInput, answered with the events of the run. For clients that know
// nothing of this worker, and for dispatchers, whose calls it carries.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RunRefused, type Runs } from '../../runs/run.js';
import { parseJson, readBody, sendJson } from '../../server/body.js';
import { pathOf } from '../../server/server.js';
import type { CreateFace, Face } from '../face.js';
import { STATUS } from '../http/refusal.js';
import { runFor, type Standing } from './client-run.js';
import { answered, isDispatcherCall } from './dispatcher-call.js';
import { type RunEvents, sendRun } from './event-stream.js';
import { readRunInput, type RunInput } from './run-input.js';
import { stateWith, Told } from './told.js';
import { type AgUiEvent, asFrame, CUSTOM, HEARTBEAT, PROTOCOL_VERSION } from './wire-event.js';

class AgUiFace implements Face {
  constructor(private readonly runs: Runs) {}

  accepts(request: IncomingMessage): boolean {
    return request.method === 'POST' && pathOf(request) === '/invocations';
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(readRunInput(parseJson(await readBody(request))), response);
    } catch (error) {
      if (!(error instanceof RunRefused) || response.headersSent) throw error;
      // The protocol wants what is refused before the run told outside of its events.
      const { code, message } = error;
      sendJson(response, STATUS[code], { error: { code, message } });
    }
  }

  async #answer(input: RunInput, response: ServerResponse): Promise<void> {
    const { forwardedProps } = input;
    if (isDispatcherCall(forwardedProps)) {
      return await sendRun(response, (gone) => forDispatcher(input, answered(forwardedProps, this.runs, gone)), ALIVE);
    }
    const standing = await runFor(input, this.runs);
    await sendRun(response, (gone) => forClient(input, standing, gone), HEARTBEAT);
  }
}

async function* forDispatcher(input: RunInput, answer: RunEvents): RunEvents {
  yield begun(input);
  yield* answer;
  yield { type: 'RUN_FINISHED', ...namesOf(input) };
}

/** Until the run asks or ends. A client that goes away does not stop it. */
async function* forClient(input: RunInput, { run, after }: Standing, gone: AbortSignal): RunEvents {
  const told = new Told(run, namesOf(input));
  yield begun(input);
  if (after === 0) yield { type: 'STATE_SNAPSHOT', snapshot: stateWith(input.state) };
  for await (const event of run.events(after, gone)) {
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

export const createFace: CreateFace = (runs) => new AgUiFace(runs);
