// The file behind `telemetry.register`: a path, or a module of a package that is installed beside the configuration. Finds
// it and runs nothing.
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { LoadedConfig } from '../config/loaded-config.js';
import { locateProblems } from '../config/located-problem.js';
import { codeOf, messageOf } from '../config/thrown.js';
import { DispatchError } from '../errors/index.js';
import { findInNodeModules, isAbsence, isInside, isPath, realPath } from '../plugins/package-files.js';

const POINTER = '/telemetry/register';
/** `name` or `@scope/name`, and what of it. */
const SPECIFIER = /^((?:@[^/\\:]+\/)?[^@./\\:][^/\\:]*)(?:\/.+)?$/;

/** Absolute; undefined where the configuration names none. Errors: AD_CONFIG_TELEMETRY. */
export async function registeringModule(config: LoadedConfig): Promise<string | undefined> {
  const named = config.config.telemetry?.register;
  if (named === undefined) return undefined;
  return isPath(named) ? await fileAt(config, path.resolve(config.baseDir, named)) : await moduleOf(config, named);
}

async function fileAt(config: LoadedConfig, file: string): Promise<string> {
  try {
    if ((await stat(file)).isFile()) return file;
  } catch (error) {
    if (!isAbsence(error)) throw telemetryError(config, `${file} cannot be read: ${messageOf(error)}`);
    throw telemetryError(config, `${file} does not exist`);
  }
  throw telemetryError(config, `${file} is no file`);
}

/** As `require` finds it from the configuration, without Node's global folders: what lies around there is not run. */
async function moduleOf(config: LoadedConfig, specifier: string): Promise<string> {
  const name = SPECIFIER.exec(specifier)?.[1];
  if (name === undefined)
    throw telemetryError(config, `"${specifier}" is neither a path (./, ../ or absolute) nor a module of a package`);
  const root = await findInNodeModules(name, config.baseDir);
  if (root === undefined) throw telemetryError(config, `the package ${name} is not installed beside ${config.baseDir}`);
  const file = resolved(config, specifier);
  if (isInside((await realPath(root)) ?? root, file)) return file;
  throw telemetryError(config, `"${specifier}" leads out of the package ${name}`);
}

function resolved(config: LoadedConfig, specifier: string): string {
  try {
    return createRequire(path.join(config.baseDir, 'package.json')).resolve(specifier);
  } catch (error) {
    const hint =
      codeOf(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED'
        ? 'The package offers this to `import` alone, or not at all: write a file that imports what it offers, and name that.'
        : undefined;
    const [message = ''] = messageOf(error).split('\n');
    throw telemetryError(config, message, hint);
  }
}

export const telemetryError = (config: LoadedConfig, message: string, hint?: string): DispatchError =>
  new DispatchError('AD_CONFIG_TELEMETRY', `${POINTER}: ${message}.`, {
    problems: locateProblems([{ pointer: POINTER, message, ...(hint !== undefined && { hint }) }], config),
    ...(hint !== undefined && { hint }),
  });
