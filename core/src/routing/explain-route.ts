// Puts a routing decision into words, for people and agents. Neighbours: match.ts makes the decision.
import type { Rejection, RouteMatch, RouteQuery } from './route-query.js';

/** "example/machine offers agent.run in target mode session over http for account profile "dev"." */
export function explainChoice(query: RouteQuery, chosen: RouteMatch, passedOver: readonly Rejection[]): string {
  const name = `${chosen.provider}/${chosen.driver.name}`;
  const protocols = chosen.protocols.join(' or ');
  const preferred = passedOver.length === 0 ? '' : ` It was preferred to ${passedOver.map(nameOf).join(', ')}.`;
  return `${name} offers ${task(query)} over ${protocols} for account profile "${query.account.name}".${preferred}`;
}

/** "No driver offers ...: 3 were considered." */
export function explainNoChoice(query: RouteQuery, rejected: readonly Rejection[]): string {
  const over = query.target.protocol === undefined ? '' : ` over ${query.target.protocol}`;
  const as = query.capability === undefined ? '' : ` as ${query.capability}`;
  const parts = query.uses.length === 0 ? '' : ` with ${query.uses.join(', ')}`;
  const considered = rejected.length === 0 ? 'no provider is known' : `${String(rejected.length)} considered`;
  return `No driver offers ${task(query)}${over}${as}${parts} for account profile "${query.account.name}" of ${query.account.provider}: ${considered}.`;
}

/** A rejection as front doors show it. */
export const rejectionView = ({
  reasons,
  ...who
}: Rejection): { provider: string; driver?: string; reasons: string[] } => ({
  ...who,
  reasons: reasons.map(({ text }) => text),
});

const task = ({ taskType, target }: RouteQuery): string => `${taskType} in target mode ${target.mode}`;

const nameOf = ({ provider, driver }: Rejection): string => (driver === undefined ? provider : `${provider}/${driver}`);
