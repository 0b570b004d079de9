// Checks account settings and target details against the JSON Schemas of a manifest, and tells what is missing in the
// manifest's own words. These schemas are the only ones compiled at run time.
import { messageOf } from '../config/thrown.js';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import {
  escapePointer,
  problemsFrom,
  type Problem,
  type ProviderManifestSetting,
  type ProviderManifestSettings,
  type TaskType,
} from '@agent-dispatch/schemas';

/** An unknown keyword is refused: misspelt, it would mean "anything goes". Matters of taste are not. */
const ajv = new Ajv2020({
  allErrors: true,
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateFormats: false,
  logger: false,
});
ajv.addVocabulary(['x-agentdispatch']);

const compiled = new WeakMap<ProviderManifestSettings, ValidateFunction>();

export interface SettingsOptions {
  /** Where the value stands; prefixed to every pointer. Default: the root. */
  pointer?: string;
  /** Required properties may still be missing, because a request can add them. Default false. */
  partial?: boolean;
}

/** All that is wrong with a value; empty when it is valid. The schema must be one that compiles (see `schemaFault`). */
export function settingsProblems(
  schema: ProviderManifestSettings,
  value: unknown,
  { pointer = '', partial = false }: SettingsOptions = {},
): Problem[] {
  const validator = validatorOf(schema);
  if (validator(value)) return [];
  const errors = (validator.errors ?? []).filter(
    ({ keyword, instancePath }) => !(partial && keyword === 'required' && instancePath === ''),
  );
  return problemsFrom(errors, schema).map((problem) => ({ ...problem, pointer: pointer + problem.pointer }));
}

/** Something that a required property lacks, as a clarification asks for it. */
export interface MissingSetting {
  name: string;
  pointer: string;
  question: string;
  choices?: string[];
}

export interface MissingOptions {
  /** Where the value stands; prefixed to every pointer. Default: the root. */
  pointer?: string;
  /** Properties that the manifest says this task type needs are required too. */
  taskType?: TaskType;
  /** Parts of the request that are given, of those in whose place the manifest wants a property. */
  given?: readonly string[];
}

/** The required properties that are not given, those of the schema's `required` first. */
export function missingSettings(
  schema: ProviderManifestSettings,
  value: Readonly<Record<string, unknown>>,
  { pointer = '', taskType, given = [] }: MissingOptions = {},
): MissingSetting[] {
  const neededFor = ({ 'x-agentdispatch': asked }: ProviderManifestSetting): boolean =>
    taskType !== undefined &&
    asked?.requiredFor?.includes(taskType) === true &&
    !asked.unless?.some((part) => given.includes(part));
  const needed = Object.keys(schema.properties).filter((name) => neededFor(schema.properties[name] ?? {}));
  return [...new Set([...(schema.required ?? []), ...needed])]
    .filter((name) => !Object.hasOwn(value, name) || value[name] === undefined)
    .map((name) => {
      const setting = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
      const choices = choicesOf(setting);
      const place = `${pointer}/${escapePointer(name)}`;
      return { name, pointer: place, question: questionOf(name, setting), ...(choices && { choices }) };
    });
}

/** Why a schema cannot be used; undefined when it can. */
export function schemaFault(schema: ProviderManifestSettings): string | undefined {
  try {
    validatorOf(schema);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function validatorOf(schema: ProviderManifestSettings): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  try {
    const validator = ajv.compile(schema);
    compiled.set(schema, validator);
    return validator;
  } finally {
    // Two manifests may give the same $id to different schemas.
    ajv.removeSchema(schema);
  }
}

function questionOf(name: string, setting: ProviderManifestSetting | undefined): string {
  const asked = setting?.['x-agentdispatch']?.question;
  if (asked !== undefined) return asked;
  return setting?.description === undefined ? `Which ${name}?` : `Which ${name}? ${setting.description}`;
}

function choicesOf(setting: ProviderManifestSetting | undefined): string[] | undefined {
  const values = setting?.['enum'];
  return Array.isArray(values) ? values.map(String) : undefined;
}
