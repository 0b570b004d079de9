// The flags that provider manifests declare (`x-agentdispatch.flag`), for `init`. From manifests alone: this program
// knows no provider and none of their settings.
import { Flags } from '@oclif/core';
import type { KnownProvider } from '@agent-dispatch/core';
import type {
  ProviderManifest,
  ProviderManifestDriver,
  ProviderManifestSetting,
  ProviderManifestSettings,
} from '@agent-dispatch/schemas';
import { invalid } from '../run/pairs.js';

/** One setting that a flag can give. */
export interface FlaggedSetting {
  flag: string;
  /** Names on the way to it, inside the account's settings or the target's details. */
  path: readonly string[];
  schema: ProviderManifestSetting;
}

/** A provider whose manifest is known. */
export interface Offered {
  known: KnownProvider;
  manifest: ProviderManifest;
}

export const offered = (providers: readonly KnownProvider[]): Offered[] =>
  providers.flatMap((known) => {
    const usable = known.state !== 'broken';
    return usable && known.manifest !== undefined ? [{ known, manifest: known.manifest }] : [];
  });

/** Also of settings inside settings. */
export function flaggedSettings({ properties }: Pick<ProviderManifestSettings, 'properties'>): FlaggedSetting[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const flag = schema['x-agentdispatch']?.flag;
    const own = flag === undefined ? [] : [{ flag, path: [name], schema }];
    const inner = schema['properties'] as ProviderManifestSettings['properties'] | undefined;
    const nested = inner === undefined ? [] : flaggedSettings({ properties: inner });
    return [...own, ...nested.map((setting) => ({ ...setting, path: [name, ...setting.path] }))];
  });
}

export const accountFlags = ({ account }: ProviderManifest): FlaggedSetting[] => flaggedSettings(account.settings);

export const targetFlags = (driver: ProviderManifestDriver, mode: string): FlaggedSetting[] => {
  const details = driver.targets[mode];
  return details === undefined ? [] : flaggedSettings(details);
};

/** Every flag that some part of the manifest answers to. */
export const flagsOf = (manifest: ProviderManifest): FlaggedSetting[] => [
  ...accountFlags(manifest),
  ...manifest.drivers.flatMap((driver) => Object.keys(driver.targets).flatMap((mode) => targetFlags(driver, mode))),
];

/** @param reserved flags of the command itself: these win over a setting of the same name. */
export function oclifFlags(
  providers: readonly Offered[],
  reserved: readonly string[],
): Record<string, ReturnType<typeof settingFlag>> {
  const described = new Map<string, Set<string>>();
  for (const { manifest } of providers) {
    for (const { flag, schema } of flagsOf(manifest)) {
      if (reserved.includes(flag)) continue;
      const text = schema.description ?? schema['x-agentdispatch']?.question ?? '';
      described.set(flag, (described.get(flag) ?? new Set()).add(`${manifest.provider}: ${text}`));
    }
  }
  return Object.fromEntries([...described].map(([flag, texts]) => [flag, settingFlag([...texts].join('\n'))]));
}

// Every value is text here; what it must be, its schema says.
const settingFlag = (description: string) => Flags.string({ description, helpGroup: 'PROVIDER', helpValue: '<value>' });

/** The text of a flag as the type that its schema wants. Errors: AD_INPUT_INVALID. */
export function settingValue({ flag, schema }: FlaggedSetting, text: string): unknown {
  const { type } = schema as { type?: unknown };
  if (type === undefined || type === 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (type === 'array' && error instanceof SyntaxError) return [text];
    throw invalid(`--${flag} is not of the type its setting has.`, `Write --${flag} as JSON.`);
  }
}
