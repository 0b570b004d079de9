// Settles what was still open and holds the whole against the request's contract, so that the engine gets nothing else.
import { validate, type TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { KnownProvider } from '../plugins/known-provider.js';
import type { RouteMatch } from '../routing/index.js';
import type { Call } from './call.js';
import { refuse } from './check-arguments.js';
import type { Draft } from './draft.js';
import type { PreparedRequest } from './prepared.js';
import { settleLimits, type SettledLimits } from './settle-limits.js';

export type FinishedRequest = PreparedRequest & { limits: SettledLimits };

/** Errors: AD_INPUT_INVALID, also for what only caller and profile together make too much (labels). */
export function finishRequest(
  call: Call,
  draft: Draft,
  { chosen, daily }: { chosen: RouteMatch; daily: number | undefined },
): FinishedRequest {
  const { driver, protocols } = chosen;
  const protocol = draft.target.protocol ?? protocols[0];
  const request = {
    ...draft,
    capability: draft.capability ?? driver.capability,
    target: { ...draft.target, protocol },
    limits: settleLimits(draft.limits, chosen, { call, daily }),
  } as FinishedRequest;
  // Inputs have a contract of their own, and were held against it before.
  const { inputs: _, ...input } = request.input;
  refuse(
    validate('DispatchRequest', { ...request, input }).map((problem) => ({
      ...problem,
      pointer: call.originOf(problem.pointer),
    })),
  );
  return request;
}

export interface Decided {
  chosen: RouteMatch;
  reason: string;
  account: string;
  accountDigest: string;
  known: KnownProvider | undefined;
}

/** The decision as it is stored with the task: what the manifest declares now holds for the task's life. */
export function routeRecord({ chosen, reason, account, accountDigest, known }: Decided): TaskRecord['route'] {
  const { provider, driver, offer } = chosen;
  if (known?.manifestDigest === undefined)
    throw new DispatchError('AD_HOST_INTERNAL', `The manifest of provider "${provider}" has no digest.`);
  return {
    provider,
    driver: driver.name,
    account,
    accountDigest,
    manifestDigest: known.manifestDigest,
    spokenBy: offer.spokenBy,
    resume: offer.resume ?? false,
    startIdempotent: offer.startIdempotent ?? false,
    ...(offer.send !== undefined && { send: offer.send }),
    ...(offer.agent !== undefined && { agent: offer.agent }),
    settleSeconds: driver.features.settleSeconds ?? 0,
    reason,
  };
}
