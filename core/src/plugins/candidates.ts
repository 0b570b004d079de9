// Where plugins may be, in order of precedence: named by the configuration, recorded as installed, shipped with the front
// door. Finds directories only; what is in them is read by read-plugin.ts.
import path from 'node:path';
import type { LoadedConfig } from '../config/loaded-config.js';
import { DispatchError, toDispatchError } from '../errors/index.js';
import { findInNodeModules, isPath, readJsonObject, realPath } from './package-files.js';
import { isPackageName, readInstalled, type InstalledPlugin } from './installed-plugins.js';
import type { PluginSource } from './known-provider.js';

export interface Candidate {
  source: PluginSource;
  /** The package's name or the path, as it is named where it was found. */
  name: string;
  /** Real path of the package; absent when `error` says why there is none. */
  root?: string;
  integrity?: string;
  error?: DispatchError;
}

export interface Places {
  config: LoadedConfig;
  /** The CLI's data directory. Absolute. */
  dataDir: string;
  /** Packages shipped with the front door: absolute paths. */
  bundled: readonly string[];
}

/** Each package once, at its first place. Never throws: what cannot be found is a candidate with an error. */
export async function findCandidates({ config, dataDir, bundled }: Places): Promise<Candidate[]> {
  const { installed, broken } = await recorded(dataDir);
  const shipped = await Promise.all(bundled.map(async (root) => ({ name: await nameOf(root), root })));
  const named = await Promise.all(
    (config.config.plugins ?? []).map((name) => resolveNamed(name, config.baseDir, [...installed, ...shipped])),
  );
  const candidates: Candidate[] = [
    ...named,
    ...installed.map((plugin): Candidate => ({ source: 'installed', ...plugin })),
    ...broken,
    ...shipped.map((plugin): Candidate => ({ source: 'bundled', ...plugin })),
  ];
  const found = await Promise.all(candidates.map((candidate) => locate(candidate, dataDir, installed)));
  return firstOfEach(found);
}

function firstOfEach(candidates: readonly Candidate[]): Candidate[] {
  const first = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = candidate.root ?? `${candidate.source} ${candidate.name}`;
    if (!first.has(key)) first.set(key, candidate);
  }
  return [...first.values()];
}

async function recorded(dataDir: string): Promise<{ installed: InstalledPlugin[]; broken: Candidate[] }> {
  try {
    return { installed: await readInstalled(dataDir), broken: [] };
  } catch (error) {
    const candidate: Candidate = {
      source: 'installed',
      name: dataDir,
      error: toDispatchError(error, 'AD_PLUGIN_MANIFEST'),
    };
    return { installed: [], broken: [candidate] };
  }
}

/** Path: from the configuration's directory. Name: as Node finds it from there, else what is installed or shipped. */
async function resolveNamed(
  name: string,
  baseDir: string,
  others: readonly { name: string; root: string }[],
): Promise<Candidate> {
  const source = 'config';
  if (isPath(name)) return { source, name, root: path.resolve(baseDir, name) };
  if (!isPackageName(name)) {
    const hint = 'Write a package name, or a path that begins with ./ or ../.';
    const error = new DispatchError('AD_PLUGIN_NOT_FOUND', `"${name}" is neither a package name nor a path.`, { hint });
    return { source, name, error };
  }
  const root = (await findInNodeModules(name, baseDir)) ?? others.find((other) => other.name === name)?.root;
  return root === undefined
    ? { source, name, error: notThere(name, `neither beside ${baseDir} nor installed`) }
    : { source, name, root };
}

async function locate(
  candidate: Candidate,
  dataDir: string,
  installed: readonly InstalledPlugin[],
): Promise<Candidate> {
  if (candidate.root === undefined) return candidate;
  const { root: named, ...rest } = candidate;
  // A package of the data directory that the configuration names as well is still the one its lockfile describes.
  const integrity = installed.find(({ root }) => root === named)?.integrity;
  try {
    const root = await realPath(named);
    if (root !== undefined) return { ...rest, root, ...(integrity !== undefined && { integrity }) };
    const error = notThere(
      candidate.name,
      candidate.source === 'installed' ? `gone from ${dataDir}` : `not at ${named}`,
    );
    return { ...rest, error };
  } catch (error) {
    return { ...rest, error: toDispatchError(error, 'AD_PLUGIN_NOT_FOUND') };
  }
}

const notThere = (name: string, where: string): DispatchError =>
  new DispatchError('AD_PLUGIN_NOT_FOUND', `Plugin "${name}" is ${where}.`, {
    ...(isPackageName(name) && {
      hint: `Install it with \`agentdispatch plugins install ${name}\`, or correct \`plugins\` in the configuration.`,
    }),
  });

/** The name by which a configuration can mean a shipped package; read-plugin.ts tells what is wrong with it. */
async function nameOf(root: string): Promise<string> {
  try {
    const { name } = await readJsonObject(path.join(root, 'package.json'));
    return typeof name === 'string' ? name : root;
  } catch {
    return root;
  }
}
