// Turns a decision without a choice into the one coded error that tells the caller what to change.
import type { ConfigAccount, Problem } from '@agent-dispatch/schemas';
import { DispatchError, fromJson } from '../errors/index.js';
import type { KnownProvider } from '../plugins/known-provider.js';
import { rejectionView, type Dimension, type Reason, type Rejection, type RouteDecision } from '../routing/index.js';
import type { Call } from './call.js';
import { installHint, pluginOf } from './choose-route.js';
import type { Draft } from './draft.js';
import { PARTS } from './parts.js';

export interface Unrouted {
  call: Call;
  draft: Draft;
  account: ConfigAccount;
  decision: RouteDecision;
  providers: readonly KnownProvider[];
}

/**
 * AD_INPUT_UNSUPPORTED when a driver fits but for parts it does not accept; the plugin's own error when nothing but the
 * plugin's state is in the way; else AD_ROUTE_NO_MATCH. `details.rejected` always holds every candidate.
 */
export function routeError(unrouted: Unrouted): DispatchError {
  const { decision, account } = unrouted;
  const ours = decision.rejected.filter(({ provider }) => provider === account.provider).sort(fewestReasons);
  const unsupported = ours.find(({ reasons }) => reasons.every(({ about }) => about === 'part'));
  if (unsupported !== undefined) return unsupportedParts(unrouted, unsupported);
  const known = pluginOf(account.provider, unrouted.providers);
  const unusable = known?.state === 'broken' || known?.state === 'not-installed';
  if (unusable && ours.some(({ reasons }) => reasons.every(({ about }) => about === 'state')))
    return unusablePlugin(known, details(decision));
  return noMatch(unrouted, ours[0], known);
}

const fewestReasons = (a: Rejection, b: Rejection): number => a.reasons.length - b.reasons.length;

const details = ({ rejected }: RouteDecision): Record<string, unknown> => ({ rejected: rejected.map(rejectionView) });

function unsupportedParts({ call, draft, decision }: Unrouted, rejection: Rejection): DispatchError {
  const driver = `${rejection.provider}/${rejection.driver ?? ''}`;
  const names = rejection.reasons.map(({ part }) => part).join(', ');
  return new DispatchError('AD_INPUT_UNSUPPORTED', `Driver ${driver} does not honour ${names} for this request.`, {
    problems: rejection.reasons.map((reason) => problemFrom(reason, call, draft)),
    details: details(decision),
  });
}

function unusablePlugin(known: KnownProvider, more: Record<string, unknown>): DispatchError {
  const { provider, packageName, error } = known;
  if (error !== undefined) {
    const failure = fromJson(error, 'AD_PLUGIN_LOAD');
    const { code, message, hint, problems } = failure;
    return new DispatchError(code, message, { hint, problems, details: { ...failure.details, ...more } });
  }
  return new DispatchError('AD_PLUGIN_NOT_INSTALLED', `Provider "${provider}" is known but not installed.`, {
    hint: capitalised(`${installHint(packageName)}, then call again.`),
    details: { package: packageName, ...more },
  });
}

function noMatch(
  { call, draft, decision, account }: Unrouted,
  closest: Rejection | undefined,
  known: KnownProvider | undefined,
): DispatchError {
  const problems =
    closest === undefined
      ? [{ pointer: call.originOf('/account'), message: `no plugin provides "${account.provider}" here` }]
      : closest.reasons.map((reason) => problemFrom(reason, call, draft));
  const message = closest === undefined ? decision.reason : `${decision.reason} Closest: ${described(closest)}.`;
  return new DispatchError('AD_ROUTE_NO_MATCH', message, {
    ...hintFor(known, account),
    problems,
    details: details(decision),
  });
}

function hintFor(known: KnownProvider | undefined, { provider }: ConfigAccount): { hint?: string } {
  if (known === undefined)
    return {
      hint: `Install the plugin that provides "${provider}", or add it to plugins in the configuration. A running dispatcher keeps the plugins it found: \`agentdispatch dispatcher stop\` after a change to one.`,
    };
  return known.state === 'not-installed'
    ? { hint: capitalised(`${installHint(known.packageName)} and correct the rest.`) }
    : {};
}

const described = ({ provider, driver, reasons }: Rejection): string =>
  `${provider}${driver === undefined ? '' : `/${driver}`} (${reasons.map(({ text }) => text).join('; ')})`;

const PLACES: Record<Exclude<Dimension, 'part'>, string> = {
  state: '/account',
  provider: '/provider',
  account: '/account',
  driver: '/driver',
  capability: '/capability',
  taskType: '/taskType',
  targetMode: '/target/mode',
  protocol: '/target/protocol',
  details: '/target/details',
  rank: '/driver',
};

function problemFrom({ about, part, text, meant }: Reason, call: Call, draft: Draft): Problem {
  const place = part === undefined || about !== 'part' ? PLACES[about as keyof typeof PLACES] : PARTS[part].pointer;
  const pointer = call.originOf(place);
  const source = pointer === '/runtime' && draft.runtime !== undefined ? ` (from runtime "${draft.runtime}")` : '';
  return { pointer, message: `${text}${source}`, ...(meant !== undefined && { hint: `did you mean "${meant}"?` }) };
}

const capitalised = (sentence: string): string => `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`;
