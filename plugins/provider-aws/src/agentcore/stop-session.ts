// Ends a session. Whatever wakes it up later, such as a request that was under way, is ended by calling again.
import { randomUUID } from 'node:crypto';
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import type { SessionAddress } from '../aws/data-plane.js';
import { isNotFound } from '../aws/errors.js';
import { stopWithToken } from '../aws/token-plane.js';
import type { AwsCalls } from './aws-calls.js';
import { usableTokenOf } from './bearer.js';
import { addressOf, dataOf } from './handle.js';
import { patience } from './patience.js';

/**
 * absent: the service knows no such session. accepted: it took the order, and may need some seconds. impossible: only a
 * token could stop it, which is there no longer, or is not taken any more.
 */
export type StopOutcome = 'absent' | 'accepted' | 'impossible';

interface Stop {
  readonly address: SessionAddress;
  /** Absent: AWS credentials are used. */
  readonly token?: string;
}

/**
 * Asks twice where the first is accepted: the second answer tells whether the session is gone. Asking to stop wakes nothing
 * up, while any other call to the session would.
 * Errors: coded ones of the first call; the second only adds certainty.
 */
export async function stopSession(calls: AwsCalls, handle: Handle, context: DriverContext): Promise<StopOutcome> {
  const address = addressOf(handle);
  // Without an agent runtime there is no session, and nothing was ever sent to one.
  if (address === undefined) return 'absent';
  if (dataOf(handle).takesToken !== true) return stopTwice(calls, { address }, context);
  const token = usableTokenOf(context);
  if (token === undefined) return 'impossible';
  try {
    return await stopTwice(calls, { address, token }, context);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    context.logger.warn('a session cannot be stopped: its token is not taken any more', { error: String(error) });
    return 'impossible';
  }
}

async function stopTwice(calls: AwsCalls, stop: Stop, context: DriverContext): Promise<StopOutcome> {
  const first = await requestStop(calls, stop, context);
  if (first === 'absent') return first;
  try {
    return await requestStop(calls, stop, context);
  } catch (error) {
    context.logger.debug('the end of a session could not be confirmed', { error: String(error) });
    return 'accepted';
  }
}

/** Asking again with the same token would be refused again, for the day that a host goes on asking. */
function isRefusal(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return ['AD_PROVIDER_UNAUTHENTICATED', 'AD_PROVIDER_DENIED', 'AD_PROVIDER_INVALID_REQUEST'].includes(code);
}

/**
 * Each call has a token of its own. The service answers a used token from memory and stops nothing, which would spare a
 * session that came back to life; a stop repeated under a new token does no harm. The SDK's own retries share the token.
 */
async function requestStop(calls: AwsCalls, { address, token }: Stop, context: DriverContext): Promise<StopOutcome> {
  const kind = { action: 'bedrock-agentcore:StopRuntimeSession', resource: address.runtimeArn };
  const waitAfter = patience(context);
  for (;;) {
    const options = { clientToken: randomUUID(), signal: context.signal };
    try {
      return await calls.call(context, kind, ({ data, account }) =>
        orAbsent(
          token === undefined ? data.stop(address, options) : stopWithToken({ account, address, token }, options),
        ),
      );
    } catch (error) {
      // The SDK has tried again by itself.
      if (token === undefined) throw error;
      await waitAfter(error);
    }
  }
}

async function orAbsent(stopping: Promise<void>): Promise<StopOutcome> {
  try {
    await stopping;
    return 'accepted';
  } catch (error) {
    if (isNotFound(error)) return 'absent';
    throw error;
  }
}
