// What a client can do with a run that it began: look at it and wait, tell it something, stop it, and fetch its files.
import { randomUUID } from 'node:crypto';
import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { RunRefused, type Run, type Runs } from '../../runs/run.js';
import { refusalIn, UNKNOWN_RUN } from '../http/refusal.js';
import { pieceOf } from './artifact-piece.js';
import type { Connection } from './caller.js';
import { failed, standing, structured } from './run-view.js';
import { isObject, listedSchema } from './tool-schema.js';

/** Shorter than clients wait for a tool. */
const MOST_WAIT_SECONDS = 50;

type Input = Record<string, unknown>;

const text = (description: string): object => ({ type: 'string', minLength: 1, description });
const RUN_ID = text('As run_agent told it.');

export function offerRunTools(server: McpServer, runs: Runs, { gone }: Connection): void {
  const offer = offerOn(server, runs);
  offer('get_run', {
    description: 'Tells how a run stands: at work, waiting for an answer, or over, with its result.',
    properties: {
      run_id: RUN_ID,
      wait_seconds: { type: 'integer', minimum: 0, maximum: MOST_WAIT_SECONDS, description: 'Default 0.' },
    },
    act: async (run, { wait_seconds: seconds = 0 }) => {
      await untilItRests(
        run,
        AbortSignal.any([gone, AbortSignal.timeout(numberIn(seconds, MOST_WAIT_SECONDS) * 1000)]),
      );
      return await standing(run);
    },
  });
  offer('send_message', {
    description: 'Gives the running agent a message, or the answer to its question.',
    properties: {
      run_id: RUN_ID,
      message: text('What it shall know.'),
      request_id: text('The question that it answers.'),
      message_id: text('The same for every repetition, which then has no second effect.'),
    },
    required: ['run_id', 'message'],
    act: async (run, { message, request_id: requestId, message_id: id = randomUUID() }) => {
      const answers = requestId === undefined ? {} : { requestId: textIn(requestId) };
      const receipt = await run.send({ id: textIn(id), text: textIn(message), ...answers });
      return structured({ ...receipt, status: run.state });
    },
  });
  offer('cancel_run', {
    description: 'Stops a run. Returns when nothing of it is at work any more.',
    properties: { run_id: RUN_ID, reason: text('Noted in its output.') },
    act: async (run, { reason }) => {
      await run.cancel(reason === undefined ? undefined : textIn(reason));
      return structured({ run_id: run.invocationId, status: run.state });
    },
  });
  offer('get_artifact', {
    description: 'Fetches a file that a run left behind, in pieces of at most 1 MiB.',
    properties: {
      run_id: RUN_ID,
      name: text('Its name.'),
      offset: { type: 'integer', minimum: 0, description: 'Bytes before the piece. Default 0.' },
    },
    required: ['run_id', 'name'],
    act: (run, { name, offset = 0 }) =>
      pieceOf(run, { name: textIn(name), offset: numberIn(offset, Number.MAX_SAFE_INTEGER), maxBytes: PIECE_BYTES }),
  });
}

const PIECE_BYTES = 1024 * 1024;

interface RunTool {
  readonly description: string;
  readonly properties: Readonly<Record<string, object>>;
  /** Default: the run's id alone. */
  readonly required?: readonly string[];
  readonly act: (run: Run, input: Input) => Promise<CallToolResult>;
}

/** What is thrown is told as the tool's failure. */
const offerOn =
  (server: McpServer, runs: Runs) =>
  (name: string, { description, properties, required = ['run_id'], act }: RunTool): void => {
    const document = { type: 'object', properties, required, additionalProperties: false };
    const inputSchema = listedSchema<Input>(document, (value) => {
      if (!isObject(value)) return 'The arguments are no object.';
      const missing = required.filter((property) => typeof value[property] !== 'string' || value[property] === '');
      return missing.length > 0 ? `${missing.join(', ')} must be a text.` : value;
    });
    server.registerTool(name, { description, inputSchema }, async (input) => {
      try {
        const run = runs.get(String(input['run_id']));
        if (run === undefined) throw new RunRefused(UNKNOWN_RUN.code, 'No run of this id is known here.');
        return await act(run, input);
      } catch (error) {
        return failed(refusalIn(error).message);
      }
    });
  };

/** Resolves when it asks or ends, or when the signal aborts. */
async function untilItRests(run: Run, signal: AbortSignal): Promise<void> {
  if (run.state !== 'running') return;
  for await (const { type } of run.events(run.lastSeq, signal)) {
    if (type === 'ended' || type === 'input_required') return;
  }
}

/** Errors: RunRefused. */
function textIn(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new RunRefused('invalid', `${JSON.stringify(value)} is no text.`);
}

/** Errors: RunRefused. */
function numberIn(value: unknown, most: number): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most) return Number(value);
  throw new RunRefused('invalid', `${JSON.stringify(value)} is no whole number from 0 to ${most}.`);
}
