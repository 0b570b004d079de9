// The limits of a task, with defaults, held against what the chosen offer can do and what a day's budget allows.
import type { Limits } from '@agent-dispatch/schemas';
import type { RouteMatch } from '../routing/index.js';
import { refuse } from './check-arguments.js';
import type { Call } from './call.js';

/** Seconds. */
const DEFAULT_TIMEOUT = 3600;
const DEFAULT_PROVISION = 600;

export type SettledLimits = Limits & { timeoutSeconds: number; provisionSeconds: number };

/**
 * A timeout that somebody asked for is never shortened unseen; the default one yields to the maximum.
 * @param daily seconds that tasks may run in a day: a task that asks for more would wait for ever.
 * Errors: AD_INPUT_INVALID when the timeout asked for is over the offer's or the driver's `maximumDurationSeconds`, or over
 * `daily`.
 */
export function settleLimits(
  limits: Limits,
  { driver, offer }: Pick<RouteMatch, 'driver' | 'offer'>,
  { call, daily = Infinity }: { call: Call; daily?: number | undefined },
): SettledLimits {
  const longest = offer.maximumDurationSeconds ?? driver.features.maximumDurationSeconds ?? Infinity;
  const maximum = Math.min(longest, daily);
  const asked = limits.timeoutSeconds;
  if (asked !== undefined && asked > maximum) {
    const pointer = call.originOf('/limits/timeoutSeconds');
    const source = pointer === '/runtime' ? 'asks for' : 'is';
    const who = daily < longest ? 'the budget of a day is' : `driver ${driver.name} carries out at most`;
    const message = `${source} ${String(asked)} seconds; ${who} ${String(maximum)}`;
    refuse([{ pointer, message, hint: `use timeout_seconds ${String(maximum)} or less` }]);
  }
  const timeoutSeconds = asked ?? Math.min(DEFAULT_TIMEOUT, maximum);
  return { ...limits, timeoutSeconds, provisionSeconds: limits.provisionSeconds ?? DEFAULT_PROVISION };
}
