// One run over the channel: what comes of the request, and of an answer that breaks off.
import { DispatchError, toDispatchError } from '../../errors/index.js';
import type { DriverContext, DriverEvent, EndedEvent } from '../../provider/index.js';
import { mediaType, refusal } from '../http/answer.js';
import { AnswerBody } from '../http/body.js';
import { asDriverError, unknown } from '../http/http-driver.js';
import { readEvents } from '../http/messages.js';
import type { AgUiLimits } from './limits.js';
import type { RunEnd, RunReader } from './run-reader.js';

export type Unknown = Extract<DriverEvent, { type: 'unknown' }>;

export const unknownEnd = (error: unknown, { redactor }: DriverContext): Unknown =>
  unknown(redactor.text(toDispatchError(error).message));

export const failedEnd = (error: DispatchError, { redactor }: DriverContext): EndedEvent => ({
  type: 'ended',
  outcome: 'failed',
  error: asDriverError(error, redactor),
});

/**
 * Yields what the run tells, and returns how it ended; undefined when its answer ended before it did.
 * Errors: AD_PROTOCOL_RESPONSE, AD_PROTOCOL_TOO_LARGE; any other error is the connection's.
 */
export async function* followRun(
  response: Response,
  reader: RunReader,
  { signal, clock }: DriverContext,
  limits: AgUiLimits,
): AsyncGenerator<DriverEvent, RunEnd | undefined> {
  const body = new AnswerBody(response, signal);
  const over = new AbortController();
  try {
    if (!response.ok) throw refusal(response.status, await body.excerpt(limits.excerptBytes));
    requireEvents(response);
    yield { type: 'attached' };
    for await (const message of readEvents(body.text(limits.streamBytes), limits)) {
      const wasOver = reader.isOver;
      yield* reader.take(message);
      // The agent may report a failure after the end, but need not close the connection.
      if (reader.isOver && !wasOver) {
        void clock.sleep(limits.lateErrorMs, over.signal).then(body.close, () => undefined);
      }
    }
  } catch (error) {
    // Whatever breaks after the end does not change it.
    if (!reader.isOver) throw error;
  } finally {
    over.abort();
    body.close();
  }
  return reader.end;
}

function requireEvents(response: Response): void {
  const type = mediaType(response);
  if (type === 'text/event-stream') return;
  throw new DispatchError(
    'AD_PROTOCOL_RESPONSE',
    `The agent answered with ${type || 'no content type'}, which is no event stream.`,
  );
}
