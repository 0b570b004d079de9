// What `agentdispatch plugins install` and `plugins link` recorded in the CLI's data directory. Reads that record alone:
// what merely lies in a node_modules directory is never a plugin.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isRecord } from '../config/record.js';
import { setting, xdgDirectory, type Environment } from '../config/state-dir.js';
import { DispatchError } from '../errors/index.js';
import { isAbsence } from './package-files.js';

export interface InstalledPlugin {
  name: string;
  /** Absolute. */
  root: string;
  /** As the lockfile of the data directory has it; absent for a linked plugin. */
  integrity?: string;
}

/** The CLI's data directory, by the rules of its framework, so that every front door finds the same plugins. */
export function dataDirectory(env: Environment, home: string, platform: NodeJS.Platform = process.platform): string {
  const override = setting(env, 'AGENTDISPATCH_DATA_DIR');
  if (override !== undefined) return path.resolve(override);
  const local = platform === 'win32' ? setting(env, 'LOCALAPPDATA') : undefined;
  return path.join(xdgDirectory(env, 'XDG_DATA_HOME') ?? local ?? path.join(home, '.local', 'share'), 'agentdispatch');
}

/** Errors: AD_PLUGIN_MANIFEST when the record is there and cannot be read. */
export async function readInstalled(dataDir: string): Promise<InstalledPlugin[]> {
  const record = await readRecord(path.join(dataDir, 'package.json'));
  const entries = part(record, 'oclif')['plugins'];
  if (!Array.isArray(entries) || entries.length === 0) return [];
  const locked = part(await readRecord(path.join(dataDir, 'package-lock.json')), 'packages');
  return entries.filter(isRecord).flatMap((entry) => installed(entry, dataDir, locked) ?? []);
}

function installed(
  { name, type, root }: Record<string, unknown>,
  dataDir: string,
  locked: Record<string, unknown>,
): InstalledPlugin | undefined {
  if (typeof name !== 'string' || !isPackageName(name)) return undefined;
  if (type === 'link') return typeof root === 'string' && path.isAbsolute(root) ? { name, root } : undefined;
  const { integrity } = part(locked, `node_modules/${name}`);
  return {
    name,
    root: path.join(dataDir, 'node_modules', name),
    ...(typeof integrity === 'string' && { integrity }),
  };
}

/** Whether a text can be a package's name; one that is cannot lead out of node_modules. */
export const isPackageName = (text: string): boolean => /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(text);

async function readRecord(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw new DispatchError('AD_PLUGIN_MANIFEST', `The record of installed plugins, ${file}, cannot be read.`, {
      hint: 'Repair or remove the file, then install the plugins again.',
      cause: error,
    });
  }
}

function part(value: unknown, key: string): Record<string, unknown> {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) ? inner : {};
}
