// The protocol `a2a`, versions 1.0 and 0.3: work is a task of the agent, begun by a message and followed by its events. Speaks
// over any channel; an agent's card never says where to.
import type { Handle } from '@agent-dispatch/schemas';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import type { ProtocolDriver } from '../protocol-driver.js';
import { cancel } from './cancel.js';
import { type A2aLimits, LIMITS } from './limits.js';
import { resume } from './resume.js';
import { send } from './send.js';
import { start } from './start.js';

/**
 * What comes of the agent's events:
 *
 * | event | what is told |
 * |---|---|
 * | message, status with a message | message with the event in `raw`; more than 16 Ki characters: output |
 * | status without one | progress |
 * | input-required, auth-required | question, open until the state is another |
 * | artifact: text, data | output as it comes, and the result |
 * | artifact: file | artifact; over 32 MiB, or only named by an address: named, not fetched |
 * | completed | result: what artifacts hold, else the last message; one value alone as JSON |
 * | failed, rejected, canceled | the end, with the last message as error |
 *
 * AgentDispatch's worker is told the whole task and numbers what it tells: nothing of it is lost or doubled. Of another agent,
 * after a connection broke, what its task shows is told, and what that cannot show any more is a gap.
 */
export function createA2aProtocolDriver(limits: A2aLimits = LIMITS): ProtocolDriver {
  return {
    start: (channel: Channel, handle: Handle, context: DriverContext): AsyncIterable<DriverEvent> =>
      start(channel, handle, context, limits),
    resume: (channel: Channel, handle: Handle, context: DriverContext): AsyncIterable<DriverEvent> =>
      resume(channel, handle, context, limits),
    send: (channel, handle, message, context) => send(channel, handle, message, context, limits),
    cancel: (channel, handle, context) => cancel(channel, handle, context, limits),
  };
}

export const a2aProtocolDriver: ProtocolDriver = createA2aProtocolDriver();
