// A protocol driver's verb over a channel that may say, at any request, that what ran the agent is gone for good: then there is
// nobody left to ask, and the work has failed.
import type { Handle } from '@agent-dispatch/schemas';
import { type DispatchError, isDispatchError } from '../errors/index.js';
import type { Channel, DriverContext, DriverEvent, EndedEvent } from '../provider/index.js';
import type { ProtocolDriver } from './protocol-driver.js';

/** The rules of a driver's `start` and `resume` hold. */
export async function* speak(
  verb: 'start' | 'resume',
  protocol: ProtocolDriver,
  channel: Channel,
  handle: Handle,
  context: DriverContext,
): AsyncGenerator<DriverEvent> {
  const over = new AbortController();
  let gone: DispatchError | undefined;
  const watched: Channel = {
    ...channel,
    async fetch(path, request) {
      try {
        return await channel.fetch(path, request);
      } catch (error) {
        if (saysOver(error)) {
          gone ??= error;
          over.abort(error);
        }
        throw error;
      }
    },
  };
  const signal = AbortSignal.any([context.signal, over.signal]);
  try {
    for await (const event of protocol[verb](watched, handle, { ...context, signal })) {
      yield event;
      if (event.type === 'ended') return;
    }
  } catch (error) {
    if (gone === undefined) throw error;
  }
  if (gone !== undefined && !context.signal.aborted) yield failedBy(gone, context);
}

const saysOver = (error: unknown): error is DispatchError => isDispatchError(error) && error.details?.['over'] === true;

function failedBy({ code, message, hint }: DispatchError, { redactor }: DriverContext): EndedEvent {
  return { type: 'ended', outcome: 'failed', error: { code, message: redactor.text(message), hint } };
}
