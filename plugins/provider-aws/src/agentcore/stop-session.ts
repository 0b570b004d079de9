// Ends a session. Whatever wakes it up later, such as a request that was under way, is ended by calling again.
import { randomUUID } from 'node:crypto';
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import type { SessionAddress } from '../aws/data-plane.js';
import { isNotFound } from '../aws/errors.js';
import type { AwsCalls } from './aws-calls.js';
import { addressOf, dataOf } from './handle.js';

/**
 * absent: the service knows no such session. accepted: it took the order, and may need some seconds. impossible: only the
 * token could stop it, which is there no longer.
 */
export type StopOutcome = 'absent' | 'accepted' | 'impossible';

/**
 * Asks twice where the first is accepted: the second answer tells whether the session is gone. Asking to stop wakes nothing
 * up, while any other call to the session would.
 * Errors: coded ones of the first call; the second only adds certainty.
 */
export async function stopSession(calls: AwsCalls, handle: Handle, context: DriverContext): Promise<StopOutcome> {
  const address = addressOf(handle);
  // Without an agent runtime there is no session, and nothing was ever sent to one.
  if (address === undefined) return 'absent';
  if (dataOf(handle).takesToken === true) return 'impossible';
  const first = await requestStop(calls, address, context);
  if (first === 'absent') return first;
  try {
    return await requestStop(calls, address, context);
  } catch (error) {
    context.logger.debug('the end of a session could not be confirmed', { error: String(error) });
    return 'accepted';
  }
}

/**
 * Each call has a token of its own. The service answers a used token from memory and stops nothing, which would spare a
 * session that came back to life; a stop repeated under a new token does no harm. The SDK's own retries share the token.
 */
function requestStop(calls: AwsCalls, address: SessionAddress, context: DriverContext): Promise<StopOutcome> {
  const kind = { action: 'bedrock-agentcore:StopRuntimeSession', resource: address.runtimeArn };
  return calls.call(context, kind, async ({ data }) => {
    try {
      await data.stop(address, { clientToken: randomUUID(), signal: context.signal });
      return 'accepted';
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  });
}
