// Work from a client that knows nothing of AgentDispatch: a tool whose result is the run's. What happens before comes as log
// messages and progress. A client that closes the call stops the run, where the revision says that this is how a call is stopped;
// whom the call outlives finds its run by get_run.
import type { CallToolResult, InputRequiredResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { plainTask } from '../../runs/plain-task.js';
import type { Run, RunEvent, Runs } from '../../runs/run.js';
import { refusalIn } from '../http/refusal.js';
import type { Caller, Connection } from './caller.js';
import { Notes } from './notes.js';
import { answeredRun, asking } from './questions.js';
import { asksFor, endOf, failed, standing } from './run-view.js';
import { isObject, listedSchema } from './tool-schema.js';

type Work = { instruction: string; context?: Record<string, unknown> };

const ARGUMENTS = listedSchema<Work>(
  {
    type: 'object',
    properties: {
      instruction: { type: 'string', minLength: 1, description: 'What the agent shall do.' },
      context: { type: 'object', description: 'What it shall know for it.' },
    },
    required: ['instruction'],
    additionalProperties: false,
  },
  (value) => {
    if (!isObject(value)) return 'The arguments are no object.';
    const { instruction, context } = value;
    if (typeof instruction !== 'string' || instruction.trim() === '') return 'instruction must be a text.';
    if (context !== undefined && !isObject(context)) return 'context must be an object.';
    return { instruction, ...(context && { context }) };
  },
);

export function offerRunTool(server: McpServer, runs: Runs, connection: Connection): void {
  const description = 'Gives the agent work and returns its result. Tells what it does by log messages and progress.';
  const options = { title: 'Run the agent', description, inputSchema: ARGUMENTS };
  server.registerTool('run_agent', options, async (work, context) => {
    try {
      const answered = await answeredRun(runs, context);
      if (answered?.isDeclined) return await standing(answered.run);
      const { run, after } = answered ?? { run: await begun(work, runs), after: 0 };
      return await followed(run, after, { context, ...connection });
    } catch (error) {
      return failed(refusalIn(error).message);
    }
  });
}

const begun = ({ instruction, context }: Work, runs: Runs): Promise<Run> =>
  runs.start(plainTask({ instruction, ...(context && { context }) }, Date.now()));

async function followed(run: Run, after: number, caller: Caller): Promise<CallToolResult | InputRequiredResult> {
  const { context, era, gone } = caller;
  const notes = new Notes();
  let progress = 0;
  for await (const event of run.events(after, gone)) {
    notes.take(event);
    if (event.type === 'ended') return await endOf(run, event, after === 0 ? notes : await Notes.of(run));
    if (event.request) return asking(run, event.seq, event.request, context) ?? asksFor(run, event.request);
    if (event.type === 'progress') progress = await tellProgress(event, progress, context);
    if (event.type === 'log' || event.type === 'message') await tellText(event, context);
  }
  if (era === 'modern') await run.cancel('Its client closed the call.');
  return failed('The client went away.');
}

async function tellText({ stream = 'agent', text = '' }: RunEvent, { mcpReq }: ServerContext): Promise<void> {
  if (text === '') return;
  const level = stream === 'stderr' ? 'warning' : 'info';
  await mcpReq.notify({ method: 'notifications/message', params: { level, logger: stream, data: text } });
}

/** The protocol wants rising numbers. Returns the one that was told. */
async function tellProgress(event: RunEvent, before: number, { mcpReq }: ServerContext): Promise<number> {
  const { progressToken } = mcpReq._meta ?? {};
  const { fraction = 0, message } = event;
  const progress = fraction > before ? fraction : before + 1e-6;
  if (progressToken === undefined) return progress;
  await mcpReq.notify({
    method: 'notifications/progress',
    params: { progressToken, progress, total: 1, ...(message !== undefined && { message }) },
  });
  return progress;
}
