// Which provider, driver, target mode and protocol a new configuration gets: what the flags say, else what they leave
// possible, else what the manifest puts first.
import { DispatchError } from '@agent-dispatch/core/errors';
import {
  nearest,
  type Protocol,
  type ProviderManifest,
  type ProviderManifestDriver,
  type TargetMode,
} from '@agent-dispatch/schemas';
import { invalid } from '../run/pairs.js';
import { accountFlags, flagsOf, targetFlags, type Offered } from './setting-flags.js';

export interface Choices {
  provider?: string;
  driver?: string;
  mode?: string;
  protocol?: string;
}

/** One combination that a manifest offers. */
export interface TargetChoice {
  driver: ProviderManifestDriver;
  mode: TargetMode;
  protocol: Protocol;
}

/** The provider named, else the only one that answers to every flag given. Errors: AD_INPUT_INVALID, AD_PLUGIN_NOT_FOUND. */
export function chooseProvider(providers: readonly Offered[], given: readonly string[], name?: string): Offered {
  const named = name === undefined ? providers : [findProvider(providers, name)];
  const owners = named.filter(({ manifest }) => unknownFlags(manifest, given).length === 0);
  const [owner, other] = owners;
  if (owner !== undefined && other === undefined) return owner;
  const flags = given.map((flag) => `--${flag}`).join(' ');
  if (owner === undefined)
    throw invalid(`${flags} ${given.length === 1 ? 'is' : 'are'} not for one provider.`, offers(named));
  const names = owners.map(({ manifest }) => manifest.provider).join(', ');
  throw invalid(`${flags || 'The flags'} could mean several providers: ${names}.`, 'Say which with --provider.');
}

function findProvider(providers: readonly Offered[], name: string): Offered {
  const found = providers.find(({ manifest }) => manifest.provider === name);
  if (found !== undefined) return found;
  const names = providers.map(({ manifest }) => manifest.provider);
  const meant = nearest(name, names);
  throw new DispatchError('AD_PLUGIN_NOT_FOUND', `There is no provider "${name}".`, {
    hint: meant === undefined ? `Known providers: ${names.join(', ')}.` : `Did you mean "${meant}"?`,
  });
}

/** Every combination that the choices and flags leave, best first. Errors: AD_ROUTE_NO_MATCH, AD_INPUT_INVALID. */
export function possibleTargets({ manifest }: Offered, choices: Choices, given: readonly string[]): TargetChoice[] {
  const all = combinations(manifest);
  const wanted = all.filter(
    ({ driver, mode, protocol }) =>
      (choices.driver ?? driver.name) === driver.name &&
      (choices.mode ?? mode) === mode &&
      (choices.protocol ?? protocol) === protocol,
  );
  if (wanted.length === 0) throw notOffered(manifest, choices, all);
  const account = accountFlags(manifest).map(({ flag }) => flag);
  const details = given.filter((flag) => !account.includes(flag));
  const fitting = wanted.filter(({ driver, mode }) => {
    const flags = targetFlags(driver, mode).map(({ flag }) => flag);
    return details.every((flag) => flags.includes(flag));
  });
  if (fitting.length > 0) return fitting;
  const modes = [...new Set(wanted.map(({ driver, mode }) => `${driver.name} in mode ${mode}`))].join(', ');
  throw invalid(`${details.map((flag) => `--${flag}`).join(' ')} do not fit ${modes}.`, offers([{ manifest }]));
}

/** In the manifest's order; what runs agents before what only runs commands. */
function combinations({ drivers }: ProviderManifest): TargetChoice[] {
  const listed = drivers.flatMap((driver) =>
    driver.offers.flatMap((offer) =>
      offer.targetModes.flatMap((mode) =>
        offer.protocols.map((protocol) => ({
          driver,
          mode,
          protocol,
          forAgents: offer.taskTypes.includes('agent.run'),
        })),
      ),
    ),
  );
  return [...listed.filter(({ forAgents }) => forAgents), ...listed.filter(({ forAgents }) => !forAgents)];
}

function notOffered({ provider }: ProviderManifest, choices: Choices, all: readonly TargetChoice[]): DispatchError {
  const asked = Object.entries({ driver: choices.driver, 'target mode': choices.mode, protocol: choices.protocol })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([what, value]) => `${what} "${value}"`);
  const there = [...new Set(all.map(({ driver, mode, protocol }) => `${driver.name}: ${mode} over ${protocol}`))];
  return new DispatchError('AD_ROUTE_NO_MATCH', `Provider "${provider}" does not offer ${asked.join(' with ')}.`, {
    hint: `It offers ${there.join(', ')}. Repeat with one of these, or update its plugin.`,
    details: { provider, offered: there },
  });
}

const unknownFlags = (manifest: ProviderManifest, given: readonly string[]): string[] => {
  const flags = flagsOf(manifest).map(({ flag }) => flag);
  return given.filter((flag) => !flags.includes(flag));
};

const offers = (providers: readonly Pick<Offered, 'manifest'>[]): string =>
  `${providers
    .map(({ manifest }) => {
      const flags = [...new Set(flagsOf(manifest).map(({ flag }) => `--${flag}`))];
      return `${manifest.provider} takes ${flags.join(', ') || 'no flags of its own'}`;
    })
    .join('; ')}.`;
