// The router: judges every driver of every candidate, never stops at the first reason, and chooses. Pure.
// Neighbours: judge-driver.ts says what fits, rank.ts which is preferred, explain-route.ts puts it into words.
import { explainChoice, explainNoChoice } from './explain-route.js';
import { judgeCandidate, judgeDriver } from './judge-driver.js';
import { rank, whyBefore } from './rank.js';
import type { Rejection, RouteCandidate, RouteDecision, RouteMatch, RouteQuery } from './route-query.js';

/** Never throws: a decision without `chosen` carries all reasons. */
export function match(query: RouteQuery, candidates: readonly RouteCandidate[]): RouteDecision {
  const judged = candidates.flatMap(
    (candidate) => candidate.manifest?.drivers.map((driver) => judgeDriver(driver, candidate, query)) ?? [],
  );
  const unreadable = candidates.filter(({ manifest }) => manifest === undefined);
  const rejected = [
    ...judged.flatMap(({ rejection }) => rejection ?? []),
    ...unreadable.map((candidate) => ({ provider: candidate.provider, reasons: judgeCandidate(candidate, query) })),
  ];
  const matches = rank(
    judged.flatMap((one) => one.matches),
    query.uses,
  );
  const chosen = matches[0];
  if (chosen === undefined) return { matches, reason: explainNoChoice(query, rejected), rejected };
  const passedOver = outranked(chosen, matches, query);
  return { chosen, matches, reason: explainChoice(query, chosen, passedOver), rejected: [...passedOver, ...rejected] };
}

/** The other drivers that fit, each once, by its best offer. */
function outranked(chosen: RouteMatch, matches: readonly RouteMatch[], { uses }: RouteQuery): Rejection[] {
  const seen = new Set([chosen.driver]);
  return matches.flatMap((other) => {
    if (seen.has(other.driver)) return [];
    seen.add(other.driver);
    const text = `fits too; ${chosen.provider}/${chosen.driver.name} was preferred: it ${whyBefore(chosen, other, uses)}`;
    return [{ provider: other.provider, driver: other.driver.name, reasons: [{ about: 'rank', text }] }];
  });
}
