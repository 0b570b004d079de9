// A new configuration with one account and one runtime, made from a manifest and what is known of the target.
import { DispatchError } from '@agent-dispatch/core/errors';
import { escapePointer, type Config, type ConfigRuntime, type ProviderManifest } from '@agent-dispatch/schemas';
import type { Prompter } from '../run/prompter.js';
import { possibleTargets, type Choices, type TargetChoice } from './choose-target.js';
import { gatherSettings, type Gathered, type OpenSetting, type SettingSources } from './gather-settings.js';
import type { Offered } from './setting-flags.js';

export interface DraftOptions extends Omit<SettingSources, 'preset' | 'prompter'> {
  choices: Choices;
  /** Names of the new profiles. Default: the manifest's, else the provider's name. */
  account?: string;
  runtime?: string;
  prompter?: Prompter;
}

export interface Draft {
  config: Config;
  runtime: string;
  fromEnvironment: string[];
  /** What could be given and was not. */
  open: OpenSetting[];
}

/** Errors: AD_ROUTE_NO_MATCH, AD_INPUT_INVALID with every setting that is missing. */
export async function draftConfig(offer: Offered, options: DraftOptions): Promise<Draft> {
  const { manifest } = offer;
  const { choices, flags, env, prompter } = options;
  const preset = presetOf(manifest);
  const target = await chooseTarget(possibleTargets(offer, choices, Object.keys(flags)), preset.runtime, prompter);
  const sources = { flags, env, ...(prompter && { prompter }) };
  const account = await gatherSettings(manifest.account.settings, { ...sources, preset: preset.account });
  const schema = target.driver.targets[target.mode] ?? { type: 'object', properties: {} };
  const details = await gatherSettings(schema, { ...sources, preset: presetDetails(preset.runtime, target) });
  const accountName = options.account ?? preset.accountName ?? manifest.provider;
  const runtimeName = options.runtime ?? preset.runtimeName ?? manifest.provider;
  refuseMissing(account, `/accounts/${escapePointer(accountName)}`, details, runtimeName);
  const runtime: ConfigRuntime = {
    account: accountName,
    driver: target.driver.name,
    capability: target.driver.capability,
    ...taskTypeOf(target),
    target: {
      mode: target.mode,
      protocol: target.protocol,
      ...(Object.keys(details.values).length > 0 && { details: details.values }),
    },
  };
  return {
    config: {
      accounts: { [accountName]: { provider: manifest.provider, ...account.values } },
      runtimes: { [runtimeName]: runtime },
      defaults: { runtime: runtimeName },
    },
    runtime: runtimeName,
    fromEnvironment: [...account.fromEnvironment, ...details.fromEnvironment],
    open: [...account.open, ...details.open],
  };
}

/** Named where it is not agent.run, which a profile means without naming it. */
function taskTypeOf({ driver, mode, protocol }: TargetChoice): Pick<ConfigRuntime, 'taskType'> {
  const offered = driver.offers
    .filter(({ targetModes, protocols }) => targetModes.includes(mode) && protocols.includes(protocol))
    .flatMap(({ taskTypes }) => taskTypes);
  const [first] = offered;
  return first === undefined || offered.includes('agent.run') ? {} : { taskType: first };
}

interface Preset {
  accountName?: string;
  account: Record<string, unknown>;
  runtimeName?: string;
  runtime?: Partial<ConfigRuntime>;
}

/** The manifest's own default profiles, where it has any. */
function presetOf({ defaults = {} }: ProviderManifest): Preset {
  const [runtimeName, runtime] =
    Object.entries(defaults.runtimes ?? {}).find(([name]) => (defaults.runtime ?? name) === name) ?? [];
  const accountName =
    (runtime as Partial<ConfigRuntime> | undefined)?.account ?? Object.keys(defaults.accounts ?? {})[0];
  const { provider: _provider, ...account } = (accountName === undefined ? {} : defaults.accounts?.[accountName]) ?? {};
  return {
    ...(accountName !== undefined && { accountName }),
    account,
    ...(runtimeName !== undefined && { runtimeName }),
    ...(runtime && { runtime }),
  };
}

const presetDetails = (runtime: Preset['runtime'], { mode }: TargetChoice): Record<string, unknown> =>
  runtime?.target?.mode === mode ? (runtime.target.details ?? {}) : {};

/** The preset's target, or one of its mode, where that is among the possible ones; a person chooses between several; else the first. */
async function chooseTarget(
  possible: readonly TargetChoice[],
  preset: Preset['runtime'],
  prompter: Prompter | undefined,
): Promise<TargetChoice> {
  const ofItsMode = possible.filter(({ mode }) => mode === preset?.target?.mode);
  const usual = ofItsMode.find(({ protocol }) => protocol === preset?.target?.protocol) ?? ofItsMode[0];
  const [first] = possible;
  if (first === undefined) throw new TypeError('there is no possible target');
  if (usual !== undefined || possible.length === 1 || prompter === undefined) return usual ?? first;
  const choices = possible.map((value) => ({
    name: `${value.driver.title}: ${value.mode} over ${value.protocol}`,
    value,
  }));
  return await prompter.select('Where shall tasks run?', choices);
}

function refuseMissing(account: Gathered, accountPointer: string, details: Gathered, runtimeName: string): void {
  const detailsPointer = `/runtimes/${escapePointer(runtimeName)}/target/details`;
  const missing = [
    ...account.missing.map((one) => ({ ...one, pointer: `${accountPointer}/${escapePointer(one.name)}` })),
    ...details.missing.map((one) => ({ ...one, pointer: `${detailsPointer}/${escapePointer(one.name)}` })),
  ];
  if (missing.length === 0) return;
  const flags = missing.flatMap(({ flag }) => (flag === undefined ? [] : [`--${flag}`]));
  const ways = [
    ...(flags.length > 0 ? [`with ${flags.join(' ')}`] : []),
    ...(flags.length < missing.length ? ['in a terminal, where what has no flag is asked for'] : []),
  ];
  throw new DispatchError(
    'AD_INPUT_INVALID',
    'The configuration would lack what the provider requires; nothing was written.',
    {
      hint: `Repeat ${ways.join('; ')}.`,
      problems: missing.map(({ name, flag, pointer }) => ({
        pointer,
        message: `"${name}" is missing`,
        hint: flag === undefined ? 'answer in a terminal' : `give --${flag}`,
      })),
    },
  );
}
