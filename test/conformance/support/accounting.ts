// Holds what a run of the suite found against what was expected of it.
import type { Shortfall } from '../expected-shortfalls.js';
import type { Check, Revision, Scenario } from './conformance.js';

interface Found {
  scenario: string;
  check: string;
  says: string;
}

/** Names of the scenarios that found nothing, and checked something. */
export function cleanIn(scenarios: readonly Scenario[]): string[] {
  return scenarios
    .filter(({ checks }) => checks.some(({ status }) => status === 'SUCCESS') && checks.every(isClean))
    .map(({ name }) => name);
}

const isClean = ({ status }: Check): boolean => status === 'SUCCESS' || status === 'INFO';

function foundIn(scenarios: readonly Scenario[]): Found[] {
  return scenarios.flatMap(({ name, checks }) =>
    checks
      .filter((check) => !isClean(check))
      .map(({ id, status, errorMessage, details }) => ({
        scenario: name,
        check: id,
        says: errorMessage ?? details?.message ?? status,
      })),
  );
}

/** What nobody expected, as `scenario:check: what the suite says`. */
export function unexpectedIn(
  scenarios: readonly Scenario[],
  expected: readonly Shortfall[],
  revision: Revision,
): string[] {
  const due = expected.filter((shortfall) => appliesTo(shortfall, revision));
  return foundIn(scenarios)
    .filter((found) => !due.some((shortfall) => excuses(shortfall, found)))
    .map(({ scenario, check, says }) => `${scenario}:${check}: ${says}`);
}

/** What was expected of scenarios that ran and did not happen, as `scenario: reason`. */
export function staleAfter(
  scenarios: readonly Scenario[],
  expected: readonly Shortfall[],
  revision: Revision,
): string[] {
  const found = foundIn(scenarios);
  const ran = new Set(scenarios.map(({ name }) => name));
  return expected
    .filter((shortfall) => appliesTo(shortfall, revision))
    .flatMap((shortfall) =>
      shortfall.scenarios
        .filter((name) => ran.has(name) && !found.some((one) => one.scenario === name && excuses(shortfall, one)))
        .map((name) => `${name}: ${shortfall.because}`),
    );
}

const appliesTo = ({ revision }: Shortfall, run: Revision): boolean => revision === undefined || revision === run;

const excuses = ({ scenarios, says }: Shortfall, found: Found): boolean =>
  scenarios.includes(found.scenario) && says.test(found.says);
