// A message to the agent's task while it runs, answers to its questions included.
import type { Handle } from '@agent-dispatch/schemas';
import type { Channel, DriverContext, Message, Receipt } from '../../provider/index.js';
import type { Outgoing } from './dialect.js';
import { answerMetadata } from './extension.js';
import { certain, isInternal, isTaskUnknown } from './faults.js';
import { RpcError } from './json-rpc.js';
import { knownTask } from './known-task.js';
import type { A2aLimits } from './limits.js';
import { Pauses } from './pauses.js';
import { within } from './within.js';

/** Below the host's own bound, so that it hears why. */
const ANSWER_MS = 25_000;
/** Sendings to our worker, which knows the message again. */
const MAX_SENDINGS = 2;
const MAX_REASON = 500;

/** Errors: coded ones of the channel that are certain; anything else becomes the receipt. */
export async function send(
  channel: Channel,
  handle: Handle,
  message: Message,
  context: DriverContext,
  limits: A2aLimits,
): Promise<Receipt> {
  const isWorker = context.agent === 'worker';
  const task = knownTask(channel, handle, context, limits);
  if (task === undefined) return { state: 'rejected', reason: 'The agent has not named its task yet.' };
  const { agent, taskId, contextId } = task;
  const outgoing: Outgoing = { messageId: message.id, taskId, contextId, parts: [{ text: message.text }] };
  // Another agent has one question at a time, and no names for them.
  const metadata = isWorker && message.requestId !== undefined ? answerMetadata(message.requestId) : undefined;
  const pauses = new Pauses(context);
  // Whether it was sent before; however certain a later answer is, it says nothing of that.
  let isUnsure = false;
  for (let sending = 1; ; sending += 1) {
    try {
      await within(context, ANSWER_MS, (signal) => agent.send(outgoing, metadata, signal));
      return { state: 'delivered' };
    } catch (error) {
      const reason = context.redactor.text(error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON);
      if (error instanceof RpcError) {
        const cannotTell = isInternal(error) || (isUnsure && isTaskUnknown(error));
        return { state: cannotTell ? 'unknown' : 'rejected', reason };
      }
      const isCertain = certain(error, context);
      if (isCertain !== undefined && !isUnsure) throw isCertain;
      isUnsure = true;
      if (!isWorker || sending >= MAX_SENDINGS || context.signal.aborted) return { state: 'unknown', reason };
      await pauses.next(true);
    }
  }
}
