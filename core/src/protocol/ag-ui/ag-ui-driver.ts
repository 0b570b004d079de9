// The protocol `ag-ui`, over any channel; knows no cloud. One POST asks for a run, and its events come back as server-sent
// events. AgentDispatch's worker is called as over plain HTTP, with the calls in runs and the answers in their events.
import type { DriverContext, DriverEvent } from '../../provider/index.js';
import { createHttpProtocolDriver } from '../http/http-driver.js';
import { Mailbox } from '../mailbox/mailbox.js';
import type { ProtocolDriver } from '../protocol-driver.js';
import { conversationOf } from './conversation.js';
import { type AgentPlace, resumeOnAgent, startOnAgent } from './follow-agent.js';
import { type AgUiLimits, LIMITS } from './limits.js';
import { workerChannel } from './worker-channel.js';

/**
 * What comes of the events of a run on an agent that we did not write:
 *
 * | event | told as |
 * |---|---|
 * | text messages | log stream `agent`, as they come; the last one is the result |
 * | thoughts, tool calls, tool results, custom and raw events | messages, short, with the event as `raw` up to 16 KiB |
 * | steps, activities, subagents | progress |
 * | state | kept; it is the result where the run gives none and the agent said nothing |
 * | RUN_FINISHED | succeeded, its `result` before anything else; or cancelled; or a question that its interrupts ask |
 * | RUN_ERROR, HTTP status >= 400 | failed, AD_PROTOCOL_AGENT_ERROR |
 *
 * An answer to a question is a new run in the same thread. An answer that breaks off before its run has ended, and an abort
 * after sending, end with `unknown`. The protocol has no way to stop a run: it is stopped with what runs it.
 */
export function createAgUiProtocolDriver(limits: AgUiLimits = LIMITS): ProtocolDriver {
  const mailbox = new Mailbox();
  const worker = createHttpProtocolDriver(limits);
  return {
    start: (channel, handle, context) =>
      isWorker(context)
        ? worker.start(workerChannel(channel, context, limits), handle, context)
        : startOnAgent({ channel, handle, context, mailbox, limits }),

    resume: (channel, handle, context) =>
      isWorker(context)
        ? worker.resume(workerChannel(channel, context, limits), handle, context)
        : resumed({ channel, handle, context, mailbox, limits }),

    send: async (channel, handle, message, context) =>
      isWorker(context) && worker.send
        ? await worker.send(workerChannel(channel, context, limits), handle, message, context)
        : await mailbox.deliver(context, message),

    async cancel(channel, handle, context) {
      if (isWorker(context) && worker.cancel) {
        return await worker.cancel(workerChannel(channel, context, limits), handle, context);
      }
      // While a question is open no run is, so nothing of the task is at work.
      return conversationOf(handle)?.open ? 'stopped' : 'unsupported';
    },
  };
}

const isWorker = ({ agent }: DriverContext): boolean => agent === 'worker';

async function* resumed(place: AgentPlace): AsyncGenerator<DriverEvent, void> {
  const conversation = conversationOf(place.handle);
  if (conversation?.open === undefined) {
    yield { type: 'unknown', reason: 'Over AG-UI an agent cannot be asked what became of a run.' };
    return;
  }
  yield* resumeOnAgent(place, { ...conversation, open: conversation.open });
}

export const agUiProtocolDriver: ProtocolDriver = createAgUiProtocolDriver();
