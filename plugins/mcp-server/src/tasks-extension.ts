// The Tasks extension of the modern era: a client that declares it with a request gets a task in place of the answer
// that starts one, and follows it with methods of the protocol instead of tools. The same tasks, ids and operations.
import type { CallOptions, ControlPlane } from '@agent-dispatch/core';
import { isDispatchError } from '@agent-dispatch/core/errors';
import type { TaskView } from '@agent-dispatch/schemas';
import {
  inputResponse,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type McpServer,
  type ServerContext,
  type StandardSchemaV1,
} from '@modelcontextprotocol/server';
import { briefStart } from './brief-wait.js';
import { declaredWith, showsForms } from './caller.js';
import { asProtocolError } from './resources.js';
import { answer } from './results.js';

const EXTENSION = 'io.modelcontextprotocol/tasks';
const REQUIRED = { extensions: { [EXTENSION]: {} } };
const POLL_MS = 5_000;

/** Called for a server of the modern era: on an older connection the same methods would answer without being declared. */
export function serveTasks(
  server: McpServer['server'],
  controlPlane: () => Promise<ControlPlane>,
  optionsOf: (context: ServerContext) => CallOptions,
): void {
  server.registerCapabilities({ extensions: { [EXTENSION]: {} } });
  const serve = (
    method: string,
    act: (plane: ControlPlane, taskId: string, context: ServerContext) => Promise<object>,
  ): void => {
    server.setRequestHandler(method, { params: taskParams }, async ({ taskId }, context) => {
      if (!declaresTasks(context)) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: REQUIRED });
      try {
        return { ...(await act(await controlPlane(), taskId, context)) };
      } catch (error) {
        throw asProtocolError(taskId, error);
      }
    });
  };
  serve('tasks/get', taskOf);
  serve('tasks/update', async (plane, taskId, context) => {
    // The SDK takes them out of the parameters of every request.
    const { inputResponses } = context.mcpReq;
    if (inputResponses === undefined)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'inputResponses must be an object.');
    await update(plane, { taskId, inputResponses }, optionsOf(context));
    return {};
  });
  serve('tasks/cancel', async (plane, taskId, context) => {
    await plane.cancel({ task_id: taskId }, optionsOf(context));
    return {};
  });
}

/** The task in place of the answer that started it; undefined where the client wants the answer, or it holds the end. */
export function startedTask(value: object, context: ServerContext): CallToolResult | undefined {
  if (!isOpenTask(value) || !declaresTasks(context)) return undefined;
  // The SDK knows no other answer to a call than one with content, and would add it.
  return { resultType: 'task', ...head(value), status: 'working', content: [] };
}

const declaresTasks = (context: ServerContext): boolean =>
  declaredWith(context.mcpReq)?.extensions?.[EXTENSION] !== undefined;

const isOpenTask = (value: object): value is TaskView =>
  'task_id' in value && 'terminal' in value && value.terminal === false;

function head(view: TaskView): Record<string, unknown> {
  const { task_id: taskId, created_at: createdAt, started_at, last_activity_at, ended_at, phase, status } = view;
  return {
    taskId,
    statusMessage: phase ?? status,
    createdAt,
    lastUpdatedAt: ended_at ?? last_activity_at ?? started_at ?? createdAt,
    // How long ended tasks are kept is the installation's matter, and is not promised.
    ttlMs: null,
    pollIntervalMs: POLL_MS,
  };
}

async function taskOf(plane: ControlPlane, task_id: string, context: ServerContext): Promise<Record<string, unknown>> {
  const { done, attention, pending } = await plane.wait({ task_ids: [task_id], timeout_seconds: 0 });
  const view = [...done, ...attention, ...pending][0];
  if (view === undefined) throw new TypeError(`a wait for ${task_id} told nothing of it`);
  if (view.status === 'cancelled') return { ...head(view), status: 'cancelled' };
  // An agent that failed is a result: `failed` is for errors of the protocol alone.
  if (view.terminal)
    return {
      ...head(view),
      status: 'completed',
      result: { ...answer(briefStart(view)), isError: view.status !== 'succeeded' },
    };
  const asked = view.status === 'input_required' && showsForms(declaredWith(context.mcpReq));
  if (!asked) return { ...head(view), status: 'working' };
  const inputRequests = Object.fromEntries(
    (view.input_requests ?? []).map((request) => [keyOf(request), form(request)]),
  );
  return { ...head(view), status: 'input_required', inputRequests };
}

type InputRequest = NonNullable<TaskView['input_requests']>[number];

/** Of this asking: agents use ids again, and the extension no key. */
const keyOf = ({ request_id, asked_at }: InputRequest): string =>
  asked_at === undefined ? request_id : `${request_id}@${asked_at}`;

/** The field of a form for a question whose answer is plain text. */
const TEXT = 'answer';
const PLAIN: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

const form = ({ question, schema }: InputRequest): object => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message: question,
    requestedSchema: isFlat(schema)
      ? schema
      : { type: 'object', properties: { [TEXT]: { type: 'string', title: 'Answer' } }, required: [TEXT] },
  },
});

/** Whether a form can show it. */
function isFlat(schema: InputRequest['schema']): boolean {
  const { type, properties } = (schema ?? {}) as { type?: unknown; properties?: unknown };
  if (type !== 'object' || typeof properties !== 'object' || properties === null) return false;
  return Object.values(properties as Record<string, { type?: unknown } | null>).every((one) => PLAIN.has(one?.type));
}

type Answers = NonNullable<ServerContext['mcpReq']['inputResponses']>;

/** Answers to questions that are not open are left alone, as the extension wants it. */
async function update(
  plane: ControlPlane,
  { taskId, inputResponses }: { taskId: string; inputResponses: Answers },
  options: CallOptions,
): Promise<void> {
  const { input_requests: open = [] } = await plane.get({ task_id: taskId });
  for (const request of open) {
    const { request_id, schema } = request;
    const message = messageIn(inputResponses, keyOf(request), isFlat(schema));
    if (message === undefined) continue;
    // Of this asking, so that an answer that is sent twice is given once.
    const input = { task_id: taskId, request_id, message, message_id: `input:${keyOf(request)}` };
    await plane.send(input, options).catch((error: unknown) => {
      // Somebody else has answered it.
      if (!isDispatchError(error) || error.code !== 'AD_INPUT_IDEMPOTENCY_CONFLICT') throw error;
    });
  }
}

/** undefined: the person gave no answer, and the question stays open. */
function messageIn(responses: Answers, key: string, flat: boolean): string | undefined {
  const told = inputResponse(responses, key);
  if (told.kind !== 'elicit' || told.action === 'cancel') return undefined;
  if (told.action === 'decline') return 'The person declined to answer.';
  const content = told.content ?? {};
  const { [TEXT]: text } = content;
  return !flat && typeof text === 'string' ? text : JSON.stringify(content);
}

interface TaskParams {
  taskId: string;
}

/** The form in which the SDK wants the shape of a method that is not its own. */
const taskParams: StandardSchemaV1<unknown, TaskParams> = {
  '~standard': {
    version: 1,
    vendor: 'agentdispatch',
    validate: (value) => {
      const { taskId } = (value ?? {}) as { taskId?: unknown };
      return typeof taskId === 'string' ? { value: { taskId } } : { issues: [{ message: 'taskId must be a string' }] };
    },
  },
};
