// Judges one offer of a driver on every dimension, so that each reason against it is known. Neighbour: judge-driver.ts.
import type { ProviderManifestDriver, ProviderManifestOffer } from '@agent-dispatch/schemas';
import type { Dimension, Reason, RouteQuery } from './route-query.js';

/** An offer with what speaks against it; it fits when nothing does. */
export interface JudgedOffer {
  offer: ProviderManifestOffer;
  reasons: Reason[];
}

/** A list in an offer that must hold what is asked. */
interface OfferDimension {
  about: Dimension;
  words: string;
  /** undefined: anything will do. */
  asked(query: RouteQuery): string | undefined;
  offered(offer: ProviderManifestOffer): readonly string[];
}

const OFFER_DIMENSIONS: readonly OfferDimension[] = [
  { about: 'taskType', words: 'task type', asked: (query) => query.taskType, offered: (offer) => offer.taskTypes },
  {
    about: 'targetMode',
    words: 'target mode',
    asked: (query) => query.target.mode,
    offered: (offer) => offer.targetModes,
  },
  {
    about: 'protocol',
    words: 'protocol',
    asked: (query) => query.target.protocol,
    offered: (offer) => offer.protocols,
  },
];

export function judgeOffer(
  offer: ProviderManifestOffer,
  driver: ProviderManifestDriver,
  query: RouteQuery,
): JudgedOffer {
  const missed = OFFER_DIMENSIONS.filter((dimension) => !fits(offer, dimension, query)).map((dimension) => ({
    about: dimension.about,
    text: `${dimension.words} ${dimension.asked(query) ?? ''}: offers ${list(instead(offer, driver, dimension, query))}`,
  }));
  return { offer, reasons: [...missed, ...missedDetails(offer, driver, query), ...refusedParts(offer, query)] };
}

function fits(offer: ProviderManifestOffer, dimension: OfferDimension, query: RouteQuery): boolean {
  const asked = dimension.asked(query);
  return asked === undefined || dimension.offered(offer).includes(asked);
}

/** What the driver offers in one dimension where all others fit; where they fit nowhere, what this offer has. */
function instead(
  offer: ProviderManifestOffer,
  driver: ProviderManifestDriver,
  dimension: OfferDimension,
  query: RouteQuery,
): readonly string[] {
  const others = OFFER_DIMENSIONS.filter((other) => other !== dimension);
  const fitting = driver.offers.filter((one) => others.every((other) => fits(one, other, query)));
  return fitting.length === 0
    ? dimension.offered(offer)
    : [...new Set(fitting.flatMap((one) => dimension.offered(one)))];
}

/** A detail that is not given has the default of its schema. */
function missedDetails(
  { where = {} }: ProviderManifestOffer,
  { targets }: ProviderManifestDriver,
  { target }: RouteQuery,
): Reason[] {
  return Object.entries(where).flatMap(([name, wanted]) => {
    const given = target.details?.[name] ?? targets[target.mode]?.properties[name]?.['default'];
    if (given === wanted) return [];
    return [{ about: 'details', text: `target detail ${name}: is for ${JSON.stringify(wanted)} alone` }];
  });
}

function refusedParts(offer: ProviderManifestOffer, { uses }: RouteQuery): Reason[] {
  const accepted = offer.accepts ?? [];
  return uses
    .filter((part) => !accepted.includes(part))
    .map((part) => ({ about: 'part', part, text: `${part}: not accepted; accepts ${list(accepted)}` }));
}

const list = (words: readonly string[]): string => (words.length === 0 ? 'nothing' : words.join(', '));
