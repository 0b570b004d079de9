// Sends one request to an agent: never before it may, never after the deadline, and never twice where it could have had its
// effect, unless it has that once however often it is sent.
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import type { AccountClients } from '../aws/account-clients.js';
import type { InvokeLimits, SessionAddress } from '../aws/data-plane.js';
import { isPassingRefusal } from '../aws/errors.js';
import type { AwsCalls, CallKind } from './aws-calls.js';
import { addressOf, dataOf } from './handle.js';
import { pauses } from './patience.js';
import { runtimeIdOf } from './target.js';

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

/**
 * What is broken off with its answer under way may land after the stop that follows, and bring the session back to life. The
 * worker answers at once: so its answer is waited for a little.
 */
const LANDING_MS = 1_500;

/** Before a refusal that passes is told. */
const MOST_TRIES = 6;

interface Sent<Answer> {
  readonly answer: Answer;
  /** To be called once its body is over. */
  readonly settle: () => void;
  /** What reading the answer failed with, as an error of the call. */
  readonly coded: (error: unknown) => Error;
}

/**
 * Errors: coded; AD_TASK_OUTCOME_UNKNOWN with `details.ambiguous` where the work may have begun.
 */
export async function sendOnce<Answer>(
  exchange: Exchange,
  send: (clients: AccountClients, address: SessionAddress, limits: InvokeLimits) => Promise<Answer>,
): Promise<Sent<Answer>> {
  const { calls, handle, context } = exchange;
  const address = addressOf(handle);
  if (address === undefined) throw calls.errors.create('AD_PROVIDER_NOT_FOUND', 'The agent runtime was never made.');
  const kind = callTo(address, exchange.kind);
  const pause = pauses(context);
  for (let tries = 1; ; tries += 1) {
    const limit = limitOf(exchange);
    try {
      const answer = await calls.call(context, kind, (clients) => send(clients, address, limit));
      limit.answered();
      return { answer, settle: limit.settle, coded: (error) => calls.coded(calls.clients(context), kind, error) };
    } catch (error) {
      limit.settle();
      if (exchange.signal.aborted && !limit.hasLeft()) throw tooLate(exchange);
      const { code, cause } = error as { code?: string; cause?: unknown };
      // A runtime that was just made is not known everywhere yet. Not found means that nothing ran.
      const isNew = code === 'AD_PROVIDER_NOT_FOUND' && dataOf(handle).made !== undefined;
      const passes = isNew || (exchange.isRepeatable === true && isPassingRefusal(cause));
      if (!passes || tries >= MOST_TRIES) throw error;
    }
    await pause();
  }
}

/** By AWS's documentation of the group's beginning; its end is unverified. */
function callTo({ runtimeArn, qualifier }: SessionAddress, kind: Exchange['kind']): CallKind {
  const logGroup = `/aws/bedrock-agentcore/runtimes/${runtimeIdOf(runtimeArn)}-${qualifier}`;
  return { ...kind, resource: runtimeArn, logGroup };
}

interface Limit extends InvokeLimits {
  readonly hasLeft: () => boolean;
  /** From now on an abort breaks it off at once. */
  readonly answered: () => void;
  readonly settle: () => void;
}

/** Ends the exchange with the task's deadline. Errors: AD_PROVIDER_UNAVAILABLE when it may not begin any more. */
function limitOf(exchange: Exchange): Limit {
  const { context, signal, isRepeatable = false } = exchange;
  const { clock, deadline } = context;
  const leftMs = deadline - clock.now();
  if (signal.aborted || leftMs <= 0) throw tooLate(exchange);
  const limitMs = Math.min(leftMs + HOST_FIRST_MS, MAX_TIMER_MS);
  const cut = new AbortController();
  const settled = new AbortController();
  const cutAfter = (ms: number, reason: () => unknown): void =>
    void clock.sleep(ms, settled.signal).then(
      () => cut.abort(reason()),
      // The exchange has settled, and nothing is left to abort.
      () => undefined,
    );
  let hasLeft = false;
  let lingers = isRepeatable;
  const abort = (): void => {
    // What has not left must not leave any more.
    if (lingers && hasLeft) cutAfter(LANDING_MS, () => signal.reason);
    else cut.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  cutAfter(limitMs, () => new Error("the task's deadline has passed"));
  return {
    signal: cut.signal,
    headersMs: limitMs,
    leaving: () => {
      hasLeft = true;
    },
    hasLeft: () => hasLeft,
    answered: () => {
      lingers = false;
      if (signal.aborted) cut.abort(signal.reason);
    },
    settle: () => {
      signal.removeEventListener('abort', abort);
      settled.abort();
    },
  };
}

const tooLate = ({ calls }: Exchange): Error =>
  calls.errors.create('AD_PROVIDER_UNAVAILABLE', 'The task was stopped before its request was sent to the agent.');
