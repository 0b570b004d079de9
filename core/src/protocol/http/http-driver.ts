// The protocol `http`, over any channel; knows no cloud. To an agent that we did not write the work is one POST, and its answer
// is the work's output and end: there is no second request, for what was sent once is never sent again, and cannot be asked
// after. With AgentDispatch's worker the work is started and followed: see worker/.
import { type DispatchError, isDispatchError, toDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent, EndedEvent } from '../../provider/index.js';
import type { ProtocolDriver } from '../protocol-driver.js';
import { followAnswer } from './answer.js';
import { AnswerBody } from './body.js';
import { type HttpLimits, LIMITS } from './limits.js';
import { INVOCATION_PATH, invocation } from './request.js';
import { cancelRun, sendToRun } from './worker/messages-to-run.js';
import { resumeRun, startRun } from './worker/worker-verbs.js';

/**
 * What comes of an agent's answer that we did not write:
 *
 * | answer | log | result |
 * |---|---|---|
 * | `text/event-stream`, each event JSON or text | text of each event as it arrives | `result` of the last event that has one, else all text |
 * | lines of JSON (`application/x-ndjson`, `jsonl`) | text of each line as it arrives | the same |
 * | `application/json` | its readable text, once it is whole | the document |
 * | other text, or no type | as it arrives | all text |
 * | a last event with `error`, or HTTP status >= 400 | | failed, AD_PROTOCOL_AGENT_ERROR |
 *
 * A stream's text beyond 8 MiB characters stands in the log alone. A broken connection, and an abort after sending, end
 * with `unknown`.
 */
export function createHttpProtocolDriver(limits: HttpLimits = LIMITS): ProtocolDriver {
  return {
    start: (channel, handle, context) =>
      isWorker(context) ? startRun(channel, handle, context, limits) : start(channel, context, limits),

    resume: (channel, handle, context) =>
      isWorker(context) ? resumeRun(channel, handle, context, limits) : cannotTell(),

    async send(channel, _handle, message, context) {
      if (isWorker(context)) return await sendToRun(channel, message, context, limits);
      return { state: 'rejected', reason: 'Over plain HTTP this agent takes one request, and no messages after it.' };
    },

    cancel: async (channel, _handle, context) =>
      isWorker(context) ? await cancelRun(channel, context, limits) : 'unsupported',
  };
}

const isWorker = ({ agent }: DriverContext): boolean => agent === 'worker';

async function* cannotTell(): AsyncGenerator<DriverEvent> {
  yield { type: 'unknown', reason: 'Over plain HTTP an agent cannot be asked what became of a request.' };
}

export const httpProtocolDriver: ProtocolDriver = createHttpProtocolDriver();

async function* start(channel: Channel, context: DriverContext, limits: HttpLimits): AsyncGenerator<DriverEvent> {
  const response = await send(channel, context);
  if (!(response instanceof Response)) {
    yield response;
    return;
  }
  const body = new AnswerBody(response, context.signal);
  try {
    for await (const event of followAnswer(response, body, limits)) {
      // An aborted body ends early: its end is not the agent's.
      yield event.type === 'ended' && context.signal.aborted ? unknown('following it was aborted') : event;
    }
  } catch (error) {
    yield endOf(error, context);
  } finally {
    body.close();
  }
}

type Unknown = Extract<DriverEvent, { type: 'unknown' }>;

/** Errors: a coded one when the channel knows for certain that nothing was begun. */
async function send(channel: Channel, context: DriverContext): Promise<Response | Unknown> {
  try {
    return await channel.fetch(INVOCATION_PATH, invocation(context));
  } catch (error) {
    const isCertain = isDispatchError(error) && error.details?.['ambiguous'] !== true;
    if (isCertain) throw error;
    return unknown(context.redactor.text(toDispatchError(error).message));
  }
}

function endOf(error: unknown, { signal, redactor }: DriverContext): EndedEvent | Unknown {
  if (signal.aborted) return unknown('following it was aborted');
  if (!isDispatchError(error)) return unknown(redactor.text(toDispatchError(error).message));
  return { type: 'ended', outcome: 'failed', error: asDriverError(error, redactor) };
}

export function asDriverError(error: DispatchError, redactor: DriverContext['redactor']): EndedEvent['error'] {
  const { code, message, hint, retryable, details } = error;
  return { code, message: redactor.text(message), hint, retryable, ...(details && { details }) };
}

export function unknown(cause: string): Unknown {
  return { type: 'unknown', reason: `The request was sent to the agent, and its end was not seen: ${cause}` };
}
