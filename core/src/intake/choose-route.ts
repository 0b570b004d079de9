// Asks the router with what the request needs. Neighbour: route-errors.ts, for when nothing fits.
import type { ConfigAccount } from '@agent-dispatch/schemas';
import type { KnownProvider } from '../plugins/known-provider.js';
import { match, rejectionView, type RouteCandidate, type RouteDecision } from '../routing/index.js';
import type { Draft } from './draft.js';
import { partsUsed } from './parts.js';
import type { RouteView } from './prepared.js';

export function chooseRoute(draft: Draft, account: ConfigAccount, providers: readonly KnownProvider[]): RouteDecision {
  const { provider, driver, capability, taskType, target } = draft;
  const query = {
    ...(provider !== undefined && { provider }),
    ...(driver !== undefined && { driver }),
    ...(capability !== undefined && { capability }),
    account: { name: draft.account, provider: account.provider },
    taskType,
    target: {
      mode: target.mode,
      ...(target.protocol !== undefined && { protocol: target.protocol }),
      ...(target.details && { details: target.details }),
    },
    uses: partsUsed(draft),
  };
  return match(query, providers.map(candidateFrom));
}

/** The decision as front doors show it. */
export function routeView(draft: Draft, { chosen, reason, rejected }: RouteDecision): RouteView {
  return {
    ...(chosen && { provider: chosen.provider, driver: chosen.driver.name }),
    account_profile: draft.account,
    reason,
    rejected: rejected.map(rejectionView),
  };
}

/** The usable plugin of a provider, else the first with a reason why not. */
export function pluginOf(provider: string, providers: readonly KnownProvider[]): KnownProvider | undefined {
  const all = providers.filter((known) => known.provider === provider);
  return all.find((known) => whyUnusable(known) === undefined) ?? all[0];
}

function candidateFrom(known: KnownProvider): RouteCandidate {
  const { provider, manifest, state } = known;
  const reason = whyUnusable(known);
  return { provider, state, ...(manifest && { manifest }), ...(reason !== undefined && { reason }) };
}

function whyUnusable({ state, packageName, error }: KnownProvider): string | undefined {
  if (state === 'not-installed') return `not installed: ${installHint(packageName)}`;
  if (state === 'broken') return `plugin ${packageName} is broken${error ? `: ${error.message} (${error.code})` : ''}`;
  return undefined;
}

export const installHint = (packageName: string): string => `run \`agentdispatch plugins install ${packageName}\``;
