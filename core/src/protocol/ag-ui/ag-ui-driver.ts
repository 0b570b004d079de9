// The protocol `ag-ui`: one POST asks for a run, and its events come back as server-sent events. Speaks over any channel;
// knows no cloud.
import type { ProtocolDriver } from '../protocol-driver.js';
import { Mailbox } from '../mailbox/mailbox.js';
import { conversationOf } from './conversation.js';
import { resumeOnAgent, startOnAgent } from './follow-agent.js';
import { type AgUiLimits, LIMITS } from './limits.js';

/**
 * What comes of the events of a run:
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
  return {
    start: (channel, handle, context) => startOnAgent({ channel, handle, context, mailbox, limits }),

    async *resume(channel, handle, context) {
      const conversation = conversationOf(handle);
      if (conversation?.open === undefined) {
        yield { type: 'unknown', reason: 'Over AG-UI an agent cannot be asked what became of a run.' };
        return;
      }
      yield* resumeOnAgent({ channel, handle, context, mailbox, limits }, { ...conversation, open: conversation.open });
    },

    send: (_channel, _handle, message, context) => mailbox.deliver(context, message),

    // While a question is open no run is, so nothing of the task is at work.
    cancel: async (_channel, handle) => (conversationOf(handle)?.open ? 'stopped' : 'unsupported'),
  };
}

export const agUiProtocolDriver: ProtocolDriver = createAgUiProtocolDriver();
