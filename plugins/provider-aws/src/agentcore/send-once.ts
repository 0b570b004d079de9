// Sends one request to an agent: never before it may, never after the deadline, and never twice where it could have had its
// effect, unless it has that once however often it is sent.
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import type { AccountClients } from '../aws/account-clients.js';
import type { InvokeLimits, SessionAddress } from '../aws/data-plane.js';
import { isPassingRefusal } from '../aws/errors.js';
import type { AwsCalls, CallKind } from './aws-calls.js';
import { addressOf, dataOf } from './handle.js';
import { pauses } from './patience.js';

export interface Exchange {
  readonly calls: AwsCalls;
  readonly handle: Handle;
  readonly context: DriverContext;
  readonly kind: Pick<CallKind, 'action' | 'beginsWork' | 'mayLandLate'>;
  /** Closes the connection; the work goes on. */
  readonly signal: AbortSignal;
  /** What is sent has its effect once, however often it is sent: a refusal that passes is waited for. Default false. */
  readonly isRepeatable?: boolean;
}

/** Longest time that a timer holds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The host ends the task at its deadline, and knows why; breaking off by ourselves first would hide that from it. */
const HOST_FIRST_MS = 1_000;

/** Before a refusal that passes is told. */
const MOST_TRIES = 6;

/**
 * The answer, and what to call once its body is over.
 * Errors: coded; AD_TASK_OUTCOME_UNKNOWN with `details.ambiguous` where the work may have begun.
 */
export async function sendOnce<Answer>(
  exchange: Exchange,
  send: (clients: AccountClients, address: SessionAddress, limits: InvokeLimits) => Promise<Answer>,
): Promise<{ answer: Answer; settle: () => void }> {
  const { calls, handle, context } = exchange;
  const address = addressOf(handle);
  if (address === undefined) throw calls.errors.create('AD_PROVIDER_NOT_FOUND', 'The agent runtime was never made.');
  const pause = pauses(context);
  for (let tries = 1; ; tries += 1) {
    const limit = limitOf(exchange);
    try {
      const kind = { ...exchange.kind, resource: address.runtimeArn };
      const answer = await calls.call(context, kind, (clients) => send(clients, address, limit));
      return { answer, settle: limit.settle };
    } catch (error) {
      limit.settle();
      const { code, cause } = error as { code?: string; cause?: unknown };
      // A runtime that was just made is not known everywhere yet. Not found means that nothing ran.
      const isNew = code === 'AD_PROVIDER_NOT_FOUND' && dataOf(handle).made !== undefined;
      const passes = isNew || (exchange.isRepeatable === true && isPassingRefusal(cause));
      if (!passes || tries >= MOST_TRIES) throw error;
    }
    await pause();
  }
}

/** Ends the exchange with the task's deadline. Errors: AD_PROVIDER_UNAVAILABLE when it may not begin any more. */
function limitOf({ calls, context, signal }: Exchange): InvokeLimits & { settle: () => void } {
  const leftMs = context.deadline - context.clock.now();
  if (signal.aborted || leftMs <= 0) {
    const message = 'The task was stopped before its request was sent to the agent.';
    throw calls.errors.create('AD_PROVIDER_UNAVAILABLE', message);
  }
  const deadline = new AbortController();
  const settled = new AbortController();
  const limitMs = Math.min(leftMs + HOST_FIRST_MS, MAX_TIMER_MS);
  context.clock.sleep(limitMs, settled.signal).then(
    () => deadline.abort(new Error("the task's deadline has passed")),
    // The exchange has settled, and nothing is left to abort.
    () => undefined,
  );
  return {
    signal: AbortSignal.any([signal, deadline.signal]),
    headersMs: limitMs,
    settle: () => settled.abort(),
  };
}
