// A protocol driver speaks one runtime protocol over a driver's channel: written once, used with every provider.
import type { Handle } from '@agent-dispatch/schemas';
import type { Channel, DriverContext, DriverEvent, Message, Receipt } from '../provider/index.js';

export interface ProtocolDriver {
  /** Begins the work over the channel and follows it to its end. The rules of a driver's `start` hold. */
  start(channel: Channel, handle: Handle, context: DriverContext): AsyncIterable<DriverEvent>;
  /** Finds the work again. The rules of a driver's `resume` hold. */
  resume(channel: Channel, handle: Handle, context: DriverContext): AsyncIterable<DriverEvent>;
  /** Absent where the protocol cannot speak to running work. */
  send?(channel: Channel, handle: Handle, message: Message, context: DriverContext): Promise<Receipt>;
}
