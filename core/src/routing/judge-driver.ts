// Judges one driver: what speaks against it whatever the offer, then its offers. Neighbours: judge-offer.ts, match.ts.
import { nearest, type ProviderManifestDriver } from '@agent-dispatch/schemas';
import { judgeOffer, type JudgedOffer } from './judge-offer.js';
import type { Reason, Rejection, RouteCandidate, RouteMatch, RouteQuery } from './route-query.js';

/** Either the offers that fit, in the manifest's order, or all reasons against the driver. */
export interface JudgedDriver {
  matches: RouteMatch[];
  rejection?: Rejection;
}

export function judgeDriver(
  driver: ProviderManifestDriver,
  candidate: RouteCandidate,
  query: RouteQuery,
): JudgedDriver {
  const { provider } = candidate;
  const against = [...judgeCandidate(candidate, query), ...judgeName(driver, query), ...judgeCapability(driver, query)];
  const offers = driver.offers.map((offer) => judgeOffer(offer, driver, query));
  const reasons = [...against, ...(nearestMiss(offers)?.reasons ?? [])];
  if (reasons.length > 0) return { matches: [], rejection: { provider, driver: driver.name, reasons } };
  const fitting = offers.filter((offer) => offer.reasons.length === 0);
  return { matches: fitting.map(({ offer }) => ({ provider, driver, offer, protocols: protocolsOf(offer, query) })) };
}

/** What speaks against a provider, whichever of its drivers. */
export function judgeCandidate(candidate: RouteCandidate, query: RouteQuery): Reason[] {
  const { provider, state } = candidate;
  const reasons: Reason[] = [];
  if (state === 'broken' || state === 'not-installed')
    reasons.push({ about: 'state', text: candidate.reason ?? `the plugin is ${state}` });
  if (query.provider !== undefined && query.provider !== provider)
    reasons.push(misnamed('provider', query.provider, provider));
  if (query.account.provider !== provider)
    reasons.push({
      about: 'account',
      text: `account profile "${query.account.name}" belongs to provider ${query.account.provider}`,
    });
  return reasons;
}

const judgeName = (driver: ProviderManifestDriver, query: RouteQuery): Reason[] =>
  query.driver === undefined || query.driver === driver.name ? [] : [misnamed('driver', query.driver, driver.name)];

const judgeCapability = (driver: ProviderManifestDriver, { capability }: RouteQuery): Reason[] =>
  capability === undefined || capability === driver.capability
    ? []
    : [{ about: 'capability', text: `capability ${capability}: offers ${driver.capability}` }];

function misnamed(about: 'provider' | 'driver', asked: string, name: string): Reason {
  const meant = nearest(asked, [name]);
  return {
    about,
    text: `${about} "${asked}" is asked for${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    ...(meant !== undefined && { meant }),
  };
}

/** The offer with the fewest dimensions missed, then the fewest parts refused, then the first. */
function nearestMiss(offers: readonly JudgedOffer[]): JudgedOffer | undefined {
  const missed = ({ reasons }: JudgedOffer): number => reasons.filter(({ about }) => about !== 'part').length;
  return [...offers].sort((a, b) => missed(a) - missed(b) || a.reasons.length - b.reasons.length)[0];
}

const protocolsOf = ({ protocols }: JudgedOffer['offer'], { target }: RouteQuery): JudgedOffer['offer']['protocols'] =>
  target.protocol === undefined ? protocols : [target.protocol];
