// The protocol `mcp`, over any channel; knows no cloud. The work is one call of a tool. AgentDispatch's worker is called as over
// plain HTTP, with the calls in the arguments of a tool and the answers in its results.
import type { DriverContext, DriverEvent } from '../../provider/index.js';
import { createHttpProtocolDriver } from '../http/http-driver.js';
import { Mailbox } from '../mailbox/mailbox.js';
import type { ProtocolDriver } from '../protocol-driver.js';
import { type AgentPlace, resumeOnAgent, startOnAgent } from './call-tool.js';
import { cancelCall } from './cancel-call.js';
import { conversationOf } from './conversation.js';
import { LIMITS, type McpLimits } from './limits.js';
import { workerChannel } from './worker-channel.js';

/**
 * What comes of a call on a server that we did not write:
 *
 * | server | told as |
 * |---|---|
 * | log messages, text content | log stream `agent` |
 * | progress | progress |
 * | elicitation | a question; its answer goes on with the call |
 * | result | succeeded: structured content as JSON, else the text; images, sound and embedded resources as artifacts |
 * | result with `isError`, JSON-RPC error, HTTP status >= 400 | failed, AD_PROTOCOL_AGENT_ERROR |
 *
 * The tool is `target.details.tool`, else the only one, else `run_agent`. A connection that breaks after the call was sent, and
 * an abort, end with `unknown`: a call cannot be found again. Since revision 2026-07-28 a question ends the call that asks it,
 * so that any process can go on from there.
 */
export function createMcpProtocolDriver(limits: McpLimits = LIMITS): ProtocolDriver {
  const mailbox = new Mailbox();
  const worker = createHttpProtocolDriver(limits);
  return {
    start: (channel, handle, context) =>
      isWorker(context)
        ? worker.start(workerChannel(channel, limits), handle, context)
        : startOnAgent({ channel, handle, context, mailbox, limits }),

    resume: (channel, handle, context) =>
      isWorker(context)
        ? worker.resume(workerChannel(channel, limits), handle, context)
        : resumed({ channel, handle, context, mailbox, limits }),

    send: async (channel, handle, message, context) =>
      isWorker(context) && worker.send
        ? await worker.send(workerChannel(channel, limits), handle, message, context)
        : await mailbox.deliver(context, message),

    cancel: async (channel, handle, context) =>
      isWorker(context) && worker.cancel
        ? await worker.cancel(workerChannel(channel, limits), handle, context)
        : await cancelCall(channel, handle, context),
  };
}

const isWorker = ({ agent }: DriverContext): boolean => agent === 'worker';

async function* resumed(place: AgentPlace): AsyncGenerator<DriverEvent> {
  const conversation = conversationOf(place.handle);
  if (conversation !== undefined && 'open' in conversation) yield* resumeOnAgent(place, conversation.open);
  else yield { type: 'unknown', reason: 'Over MCP an agent cannot be asked what became of a call.' };
}

export const mcpProtocolDriver: ProtocolDriver = createMcpProtocolDriver();
