// Orders the matches. Deterministic: the same manifests and the same request always give the same choice.
import type { RouteMatch, RequestPart } from './route-query.js';

/** One rule of preference. A smaller number is better. */
interface Preference {
  measure(match: RouteMatch, uses: readonly RequestPart[]): number;
  /** Completes "it ... ". */
  words: string;
}

/**
 * In this order; what is equal in all keeps the order in which providers, drivers and offers were given.
 * 1. Work that is found again after a crash before work that would end `lost`.
 * 2. The offer for these details of the target before one for whatever details.
 * 3. The more specific offer: fewer accepted parts that the request does not use.
 */
const PREFERENCES: readonly Preference[] = [
  { measure: ({ offer }) => (offer.resume === true ? 0 : 1), words: 'resumes after a crash' },
  { measure: ({ offer }) => (offer.where === undefined ? 1 : 0), words: 'is made for these details of the target' },
  {
    measure: ({ offer }, uses) => (offer.accepts ?? []).filter((part) => !uses.includes(part)).length,
    words: 'accepts fewer parts that this request does not use',
  },
];

/** Best first. */
export const rank = (matches: readonly RouteMatch[], uses: readonly RequestPart[]): RouteMatch[] =>
  [...matches].sort((a, b) => deciding(a, b, uses)?.difference ?? 0);

/** Why `better` was ranked before `other`; completes "it ... ". */
export const whyBefore = (better: RouteMatch, other: RouteMatch, uses: readonly RequestPart[]): string =>
  deciding(better, other, uses)?.words ?? 'is listed first';

function deciding(
  a: RouteMatch,
  b: RouteMatch,
  uses: readonly RequestPart[],
): { difference: number; words: string } | undefined {
  return PREFERENCES.map((one) => ({ difference: one.measure(a, uses) - one.measure(b, uses), words: one.words })).find(
    ({ difference }) => difference !== 0,
  );
}
