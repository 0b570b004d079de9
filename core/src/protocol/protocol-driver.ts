// A protocol driver speaks one runtime protocol over a driver's channel: written once, used with every provider.
import type { Handle } from '@agent-dispatch/schemas';
import type { CancelLevel, Channel, DriverContext, DriverEvent, Message, Receipt } from '../provider/index.js';

/** What it needs to find its conversation again stands in `handle.conversation`, told by `handle` events. */
export interface ProtocolDriver {
  /** Begins the work over the channel and follows it to its end. The rules of a driver's `start` hold. */
  start(channel: Channel, handle: Handle, context: DriverContext): AsyncIterable<DriverEvent>;
  /** Finds the work again. The rules of a driver's `resume` hold. */
  resume(channel: Channel, handle: Handle, context: DriverContext): AsyncIterable<DriverEvent>;
  /** The rules of a driver's `send` hold. Absent where the protocol cannot speak to running work. */
  send?(channel: Channel, handle: Handle, message: Message, context: DriverContext): Promise<Receipt>;
  /**
   * Asks the agent to stop, before the driver's own cancel stops what runs it. Absent where the protocol has no such request.
   * Bound: 10 s. Errors: whatever is thrown counts as `unsupported`.
   */
  cancel?(channel: Channel, handle: Handle, context: DriverContext): Promise<CancelLevel>;
}
