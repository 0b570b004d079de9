// Reads the files of a plugin package as data, and never follows a name out of the package.
import { access, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isRecord } from '../config/record.js';
import { codeOf } from '../config/thrown.js';
import { DispatchError } from '../errors/index.js';

/** Errors: AD_PLUGIN_MANIFEST. */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const value = parse(await readText(file), file);
  if (!isRecord(value)) throw new DispatchError('AD_PLUGIN_MANIFEST', `${file} does not hold a JSON object.`);
  return value;
}

/**
 * The real path of a file that a package names inside itself.
 * @param root a real path.
 * Errors: AD_PLUGIN_MANIFEST when it leaves the package, by its name or through a symbolic link, or is not there.
 */
export async function fileInPackage(root: string, name: string): Promise<string> {
  const named = path.resolve(root, name);
  const file = isInside(root, named) ? await realPath(named) : named;
  if (file === undefined) throw new DispatchError('AD_PLUGIN_MANIFEST', `${named} does not exist.`);
  if (isInside(root, file)) return file;
  throw new DispatchError('AD_PLUGIN_MANIFEST', `"${name}" leads out of the package ${root}.`);
}

/** The manifest that a package.json names. Errors: AD_PLUGIN_MANIFEST. */
export async function manifestFile(root: string, packageJson: Record<string, unknown>): Promise<string> {
  const block = packageJson['agentdispatch'];
  const named = isRecord(block) ? block['manifest'] : undefined;
  if (typeof named === 'string') return fileInPackage(root, named);
  throw new DispatchError('AD_PLUGIN_MANIFEST', `package.json in ${root} has no agentdispatch.manifest.`);
}

/** undefined when there is nothing. */
export async function realPath(file: string): Promise<string | undefined> {
  try {
    return await realpath(file);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Whether an error of the file system says that nothing is there. */
export const isAbsence = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');

/** @param root, file absolute. */
export function isInside(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '' && !path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..';
}

/** Whether a name of the configuration is meant as a path, and not as a package's. */
export const isPath = (name: string): boolean => /^\.{1,2}([\\/]|$)/.test(name) || path.isAbsolute(name);

/** Node's own rule, without its global folders, and whatever the package's `exports` hide. */
export async function findInNodeModules(name: string, from: string): Promise<string | undefined> {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const root = path.join(directory, 'node_modules', name);
    if (await exists(path.join(root, 'package.json'))) return root;
    if (directory === path.dirname(directory)) return undefined;
  }
}

/** What may not be read counts as absent, as it does for Node. */
const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = isAbsence(error) ? 'does not exist' : 'cannot be read';
    throw new DispatchError('AD_PLUGIN_MANIFEST', `${file} ${why}.`, { cause: error });
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DispatchError('AD_PLUGIN_MANIFEST', `${file} is not JSON.`, { cause: error });
  }
}
