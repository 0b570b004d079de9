// The request that begins the work: one POST with a small JSON envelope around the instruction.
import type { ChannelRequest, DriverContext } from '../../provider/index.js';

/** Where agents behind plain HTTP listen by convention, relative to the channel's base. */
export const INVOCATION_PATH = '/invocations';

/**
 * What the agent receives. `prompt` is the field that HTTP agents read by convention; the rest may be ignored by them.
 * Absent parts are left out.
 */
export interface InvocationEnvelope {
  /** The task's instruction, as it was given. */
  prompt: string;
  /** The task's `context`, as it was given. */
  context?: Readonly<Record<string, unknown>>;
  /** Lets an agent recognise its task; the same for every attempt. */
  taskId: string;
  /** 1 for the first try. */
  attempt: number;
}

export function invocation({ request, taskId, attempt, signal }: DriverContext): ChannelRequest {
  const { instruction = '', context } = request.input;
  const envelope: InvocationEnvelope = { prompt: instruction, ...(context && { context }), taskId, attempt };
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
    body: JSON.stringify(envelope),
    signal,
  };
}
