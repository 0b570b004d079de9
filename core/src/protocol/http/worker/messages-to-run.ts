// What the worker is told of a run that is under way: a message, or that it shall stop.
import type { WorkerAnswer, WorkerState } from '@agent-dispatch/schemas';
import { isDispatchError, toDispatchError } from '../../../errors/index.js';
import type { CancelLevel, Channel, DriverContext, Message, Receipt } from '../../../provider/index.js';
import { invocationIdOf } from '../../worker/task.js';
import type { HttpLimits } from '../limits.js';
import { isCertain, noWorker, WorkerCalls } from './calls.js';
import { within } from './within.js';

/** For so long a message is sent again that was not answered: the worker knows it by its id. */
const SEND_MS = 30_000;
const FIRST_PAUSE_MS = 1_000;
/** A worker stops an agent within some seconds; more than ten nobody waits here. */
const CANCEL_MS = 8_000;

const ENDED: ReadonlySet<WorkerState | undefined> = new Set<WorkerState>(['succeeded', 'failed', 'cancelled']);

/** The rules of a driver's `send` hold. Repeat: yes; the same id has no second effect. */
export async function sendToRun(
  channel: Channel,
  message: Message,
  context: DriverContext,
  limits: HttpLimits,
): Promise<Receipt> {
  const { signal, clock } = context;
  const end = clock.now() + SEND_MS;
  let isUnsure = false;
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    try {
      const left = Math.max(end - clock.now(), FIRST_PAUSE_MS);
      const answer = await within(left, context, (signal) =>
        sendOnce(channel, message, { ...context, signal }, limits),
      );
      return receiptIn(answer, isUnsure);
    } catch (error) {
      signal.throwIfAborted();
      // However certain this answer is: it says nothing of what was sent before.
      if (isCertain(error) && !isUnsure) throw error;
      isUnsure = true;
      const reason = `The agent did not say what became of the message: ${toDispatchError(error).message}`;
      if (clock.now() + pause >= end) return { state: 'unknown', reason };
      await clock.sleep(pause, signal);
    }
  }
}

async function sendOnce(
  channel: Channel,
  message: Message,
  context: DriverContext,
  limits: HttpLimits,
): Promise<WorkerAnswer> {
  const invocationId = invocationIdOf(context);
  const calls = new WorkerCalls(channel, limits);
  const answer = await calls.ask({ agentdispatch: 'send', invocationId, message }, context.signal);
  if (answer.error === undefined && answer.receipt === undefined) throw noWorker('no receipt');
  return answer;
}

/** @param isUnsure whether the message was sent before: who does not know the run cannot tell what became of that. */
function receiptIn({ receipt, error }: WorkerAnswer, isUnsure: boolean): Receipt {
  const cannotTell = error?.code === 'internal' || (isUnsure && error?.code === 'unknown_run');
  if (error) return { state: cannotTell ? 'unknown' : 'rejected', reason: error.message };
  const { state = 'unknown', reason = 'The agent gave no reason.' } = receipt ?? {};
  return state === 'rejected' || state === 'unknown' ? { state, reason } : { state };
}

/** The rules of a protocol driver's `cancel` hold. Repeat: yes. */
export async function cancelRun(channel: Channel, context: DriverContext, limits: HttpLimits): Promise<CancelLevel> {
  const calls = new WorkerCalls(channel, limits);
  const call = { agentdispatch: 'cancel', invocationId: invocationIdOf(context) } as const;
  try {
    const { state, error } = await within(CANCEL_MS, context, (signal) => calls.ask(call, signal));
    // Where it is not known nothing was done, and its start may still be under way.
    if (error) return 'unsupported';
    return ENDED.has(state) ? 'stopped' : 'requested';
  } catch (error) {
    context.signal.throwIfAborted();
    if (isDispatchError(error) && error.code === 'AD_PROVIDER_UNAVAILABLE' && !isCertain(error)) return 'requested';
    throw error;
  }
}
