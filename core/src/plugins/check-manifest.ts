// What a manifest must hold to be used: the schema of the contract, and the relations that the schema cannot express.
import {
  escapePointer,
  validate,
  type Problem,
  type ProviderManifest,
  type ProviderManifestDriver,
  type ProviderManifestSettings,
} from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { schemaFault } from './settings.js';

/** The version of the provider contract that this host speaks. */
const API_VERSION = 1;

/** Errors: AD_PLUGIN_INCOMPATIBLE, AD_PLUGIN_MANIFEST with every problem. */
export function checkManifest(value: Record<string, unknown>, file: string): ProviderManifest {
  const { apiVersion } = value;
  if (typeof apiVersion === 'number' && apiVersion !== API_VERSION)
    throw new DispatchError(
      'AD_PLUGIN_INCOMPATIBLE',
      `${file} speaks version ${apiVersion} of the provider contract, this host version ${API_VERSION}.`,
    );
  const problems = validate('ProviderManifest', value);
  refuse(problems, file);
  const manifest = value as unknown as ProviderManifest;
  refuse(relationProblems(manifest), file);
  return manifest;
}

function refuse(problems: readonly Problem[], file: string): void {
  if (problems.length === 0) return;
  const places = problems.map(({ pointer, message, hint }) => `${pointer} ${message}${hint ? ` (${hint})` : ''}`);
  throw new DispatchError('AD_PLUGIN_MANIFEST', `${file} is not a valid manifest: ${places.join('; ')}.`, {
    problems: problems.map((problem) => ({ ...problem, file })),
  });
}

function relationProblems({ account, drivers }: ProviderManifest): Problem[] {
  const names = drivers.map(({ name }) => name);
  return [
    ...compileProblems(account.settings, '/account/settings'),
    ...drivers.flatMap((driver, index) => {
      const pointer = `/drivers/${index}`;
      const repeated = names.indexOf(driver.name) !== index;
      return [
        ...(repeated ? [{ pointer: `${pointer}/name`, message: `there is another driver "${driver.name}"` }] : []),
        ...untargetedModes(driver, pointer),
        ...Object.entries(driver.targets).flatMap(([mode, schema]) =>
          compileProblems(schema, `${pointer}/targets/${escapePointer(mode)}`),
        ),
      ];
    }),
  ];
}

function untargetedModes({ offers, targets }: ProviderManifestDriver, pointer: string): Problem[] {
  return offers.flatMap(({ targetModes }, index) =>
    targetModes
      .filter((mode) => !Object.hasOwn(targets, mode))
      .map((mode) => ({
        pointer: `${pointer}/offers/${index}/targetModes`,
        message: `target mode "${mode}" has no schema in targets`,
      })),
  );
}

function compileProblems(schema: ProviderManifestSettings, pointer: string): Problem[] {
  const fault = schemaFault(schema);
  return fault === undefined ? [] : [{ pointer, message: `this JSON Schema cannot be used: ${fault}` }];
}
