// Reads the files of a plugin package as data, and never follows a name out of the package.
import { readFile, realpath } from 'node:fs/promises';
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

function isInside(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '' && !path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..';
}

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
