// Work from a client that knows nothing of AgentDispatch: a tool whose result is the run's. What happens before comes as log
// messages and progress. A client that goes away does not stop the run.
import { readFile } from 'node:fs/promises';
import type { CallToolResult, InputRequiredResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import type { Run, RunEvent, Runs } from '../../runs/run.js';
import { plainTask } from '../../runs/plain-task.js';
import { refusalIn } from '../http/refusal.js';
import { answeredRun, asking } from './questions.js';
import { isObject, listedSchema } from './tool-schema.js';

/** A larger result is named and not told. Bytes. */
const LONGEST_RESULT = 8 * 1024 * 1024;

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

export function offerRunTool(server: McpServer, runs: Runs, gone: AbortSignal): void {
  const description = 'Gives the agent work and returns its result. Tells what it does by log messages and progress.';
  const options = { title: 'Run the agent', description, inputSchema: ARGUMENTS };
  server.registerTool('run_agent', options, async (work, context) => {
    try {
      const { run, after } = (await answeredRun(runs, context)) ?? { run: await begun(work, runs), after: 0 };
      return await followed(run, after, { context, gone });
    } catch (error) {
      return failed(refusalIn(error).message);
    }
  });
}

const begun = ({ instruction, context }: Work, runs: Runs): Promise<Run> =>
  runs.start(plainTask({ instruction, ...(context && { context: context }) }, Date.now()));

interface Caller {
  readonly context: ServerContext;
  readonly gone: AbortSignal;
}

async function followed(
  run: Run,
  after: number,
  { context, gone }: Caller,
): Promise<CallToolResult | InputRequiredResult> {
  let progress = 0;
  for await (const event of run.events(after, gone)) {
    if (event.type === 'ended') return await resultOf(event, run);
    if (event.type === 'input_required' && event.request) {
      const question = asking(run, event.seq, event.request, context);
      if (question) return question;
      await run.cancel('Its client takes no questions.');
    }
    if (event.type === 'progress') progress = await tellProgress(event, progress, context);
    if (event.type === 'log' || event.type === 'message') await tellText(event, context);
  }
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

async function resultOf({ outcome, error, result }: RunEvent, run: Run): Promise<CallToolResult> {
  if (outcome !== 'succeeded') return failed(error?.message ?? `The run ${outcome}.`);
  if (result?.artifact !== undefined) {
    const kept = run.artifact(result.artifact);
    if (kept === undefined || kept.size > LONGEST_RESULT) return said(`The result is in the file ${result.artifact}.`);
    return said(await readFile(kept.file, 'utf8'));
  }
  if (result?.text !== undefined) return said(result.text);
  if (result?.json === undefined) return { content: [] };
  const { json } = result;
  return { ...said(JSON.stringify(json)), ...(isObject(json) && { structuredContent: json }) };
}

const said = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });
const failed = (text: string): CallToolResult => ({ ...said(text), isError: true });
