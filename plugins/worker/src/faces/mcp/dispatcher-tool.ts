// The calls of a dispatcher, as over plain HTTP: the arguments of a tool are the call, its structured content is the answer. The
// events of a run come as log messages before an empty result, a piece of an artifact as an embedded resource.
import type { WorkerAnswer, WorkerCall, WorkerEvent } from '@agent-dispatch/schemas';
import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { problemsIn } from '../../problems.js';
import { RunRefused, type Runs } from '../../runs/run.js';
import { withHeartbeats } from '../../server/heartbeat.js';
import { answer, runOf } from '../http/calls.js';
import { WAIT_SECONDS } from '../http/event-lines.js';
import { refusalIn, UNKNOWN_RUN } from '../http/refusal.js';
import { pieceOf } from './artifact-piece.js';
import { isObject, listedSchema } from './tool-schema.js';

/** Characters of events in one answer: the MCP server holds what a slow reader has not taken. The caller asks again. */
const LONGEST_ANSWER = 8 * 1024 * 1024;

const ARGUMENTS = listedSchema(
  { type: 'object', properties: { agentdispatch: { type: 'string' } }, required: ['agentdispatch'] },
  (value) => (isObject(value) ? value : 'The call is no object.'),
);

export function offerDispatcherTool(server: McpServer, runs: Runs, gone: AbortSignal): void {
  const description = 'For AgentDispatch itself: a call of its dispatcher. Use run_agent to give work to the agent.';
  server.registerTool('agentdispatch', { description, inputSchema: ARGUMENTS }, async (call, context) => {
    try {
      const problems = problemsIn('WorkerCall', call);
      if (problems !== undefined) throw new RunRefused('invalid', problems);
      return await answerTo(call as unknown as WorkerCall, runs, { context, gone });
    } catch (error) {
      return answering(runs, { error: refusalIn(error) });
    }
  });
}

interface Caller {
  readonly context: ServerContext;
  readonly gone: AbortSignal;
}

async function answerTo(call: WorkerCall, runs: Runs, caller: Caller): Promise<CallToolResult> {
  if (call.agentdispatch === 'follow') return await follow(call, runs, caller);
  if (call.agentdispatch === 'artifact') return await pieceOf(runOf(call, runs), call);
  return answering(runs, await answer(call, runs));
}

function answering({ bootId }: Runs, more: Partial<WorkerAnswer>): CallToolResult {
  const structuredContent = { worker: 1, bootId, ...more } satisfies WorkerAnswer;
  return { content: [], structuredContent };
}

async function follow(call: WorkerCall, runs: Runs, { context, gone }: Caller): Promise<CallToolResult> {
  const { invocationId = '', after = 0, waitSeconds = WAIT_SECONDS.default } = call;
  const { bootId } = runs;
  const tell = async (name: 'event' | 'alive', data: WorkerEvent | null): Promise<void> =>
    await context.mcpReq.notify({
      method: 'notifications/message',
      params: { level: 'info', logger: `agentdispatch.${name}`, data },
    });
  const run = runs.get(invocationId);
  if (run === undefined) {
    await tell('event', { type: 'refused', bootId, error: UNKNOWN_RUN });
    return { content: [] };
  }
  const upTo = waitSeconds === 0 ? run.lastSeq : Infinity;
  const enough = AbortSignal.timeout(waitSeconds * 1000);
  await tell('event', { type: 'attached', bootId });
  if (upTo <= after) return { content: [] };
  let told = 0;
  const events = run.events(after, upTo === Infinity ? AbortSignal.any([gone, enough]) : gone);
  for await (const event of withHeartbeats(events)) {
    if (event === undefined) {
      await tell('alive', null);
      continue;
    }
    await tell('event', event);
    told += JSON.stringify(event).length;
    if (event.seq >= upTo || told > LONGEST_ANSWER) break;
  }
  return { content: [] };
}
