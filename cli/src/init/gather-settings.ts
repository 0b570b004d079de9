// The values of an account's settings or a target's details: from flags, from the environment where the manifest names
// a variable, from the manifest's own defaults, and, where somebody is there, by asking. Asks nothing it can derive.
import type { ProviderManifestSetting, ProviderManifestSettings } from '@agent-dispatch/schemas';
import { oneLine } from '../output/terminal-text.js';
import type { Prompter } from '../run/prompter.js';
import { flaggedSettings, settingValue } from './setting-flags.js';

export interface SettingSources {
  /** Flag -> its text. */
  flags: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  /** What the manifest's default profile has. */
  preset: Readonly<Record<string, unknown>>;
  prompter?: Pick<Prompter, 'input' | 'select'>;
}

export interface Gathered {
  values: Record<string, unknown>;
  /** Required, not known, and without a default. */
  missing: OpenSetting[];
  /** Not required, but the manifest has a question for it and no default. */
  open: OpenSetting[];
  /** What was taken from the environment, as `name from VARIABLE`. */
  fromEnvironment: string[];
}

export interface OpenSetting {
  name: string;
  question: string;
  /** Its own, or the first of what is inside it. */
  flag?: string;
}

/** Errors: AD_INPUT_INVALID for a flag that is not of its type. */
export async function gatherSettings(schema: ProviderManifestSettings, sources: SettingSources): Promise<Gathered> {
  const values = structuredClone({ ...sources.preset });
  for (const setting of flaggedSettings(schema)) {
    const text = sources.flags[setting.flag];
    if (text === undefined) continue;
    startFromDefault(values, schema, setting.path);
    put(values, setting.path, settingValue(setting, text));
  }
  const gathered: Gathered = { values, missing: [], open: [], fromEnvironment: [] };
  for (const [name, setting] of Object.entries(schema.properties)) {
    if (Object.hasOwn(values, name)) continue;
    const preset = setting['default'];
    const isRequired = schema.required?.includes(name) === true;
    const isMissing = isRequired && preset === undefined;
    const found = fromVariable(setting, sources.env);
    const answer = found?.value ?? (await ask(name, setting, isMissing, sources.prompter));
    if (answer !== undefined) put(values, [name], settingValue({ flag: name, path: [name], schema: setting }, answer));
    else if (isMissing) gathered.missing.push(openSetting(name, setting));
    else if (isRequired) put(values, [name], structuredClone(preset));
    else if (isWorthAsking(setting)) gathered.open.push(openSetting(name, setting));
    if (found !== undefined) gathered.fromEnvironment.push(`${name} from ${found.variable}`);
  }
  return gathered;
}

function fromVariable(
  setting: ProviderManifestSetting,
  env: SettingSources['env'],
): { variable: string; value: string } | undefined {
  const variable = setting['x-agentdispatch']?.environment;
  const value = variable === undefined ? undefined : env[variable];
  return variable === undefined || value === undefined || value === '' ? undefined : { variable, value };
}

const isWorthAsking = (setting: ProviderManifestSetting): boolean =>
  setting['x-agentdispatch']?.question !== undefined && setting['default'] === undefined;

async function ask(
  name: string,
  setting: ProviderManifestSetting,
  required: boolean,
  prompter: SettingSources['prompter'],
): Promise<string | undefined> {
  if (prompter === undefined || !(required || isWorthAsking(setting))) return undefined;
  const text = oneLine(questionOf(name, setting));
  const choices = setting['enum'];
  if (Array.isArray(choices))
    return await prompter.select(
      text,
      choices.map((choice) => ({ name: String(choice), value: String(choice) })),
    );
  const answer = await prompter.input(required ? text : `${text} (empty: none)`, { optional: !required });
  return answer === '' ? undefined : answer;
}

const questionOf = (name: string, setting: ProviderManifestSetting): string =>
  setting['x-agentdispatch']?.question ?? setting.description ?? name;

function openSetting(name: string, setting: ProviderManifestSetting): OpenSetting {
  const flag = flaggedSettings({ properties: { [name]: setting } })[0]?.flag;
  return { name, question: questionOf(name, setting), ...(flag !== undefined && { flag }) };
}

/** A flag that sets one member of an object leaves the others at the object's own default. */
function startFromDefault(
  values: Record<string, unknown>,
  schema: ProviderManifestSettings,
  [name = '', ...rest]: readonly string[],
): void {
  const preset = Object.hasOwn(schema.properties, name) ? schema.properties[name]?.['default'] : undefined;
  if (rest.length > 0 && preset !== undefined && !Object.hasOwn(values, name))
    put(values, [name], structuredClone(preset));
}

/** Names come from manifests, so that one of them could be a prototype's. */
function put(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const inner = Object.hasOwn(values, name) ? values[name] : undefined;
  const node = (typeof inner === 'object' && inner !== null ? inner : {}) as Record<string, unknown>;
  put(node, rest, value);
  put(values, [name], node);
}
