// Runs a plugin's code for the first time: imports its module, calls `create`, and holds what comes back against the
// manifest. The only place that imports plugin code.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProviderManifest } from '@agent-dispatch/schemas';
import { isRecord } from '../config/record.js';
import { messageOf } from '../config/thrown.js';
import { DispatchError, isDispatchError } from '../errors/index.js';
import type { PluginHost, Provider, ProviderPlugin } from '../provider/index.js';
import { driverProblems } from './check-drivers.js';
import { fileInPackage, readJsonObject } from './package-files.js';

export interface LoadablePlugin {
  packageName: string;
  /** Real path of the package. */
  root: string;
  manifest: ProviderManifest;
}

/** Errors: AD_PLUGIN_LOAD when its code fails, AD_PLUGIN_CONTRACT when it is not what the manifest says. */
export async function loadProvider(plugin: LoadablePlugin, host: PluginHost): Promise<Provider> {
  const code = pluginIn(await importModule(plugin), plugin);
  const provider: unknown = await attempt(plugin, 'create failed', async () => code.create(host));
  const problems = driverProblems(plugin.manifest, provider);
  if (problems.length === 0) return provider as Provider;
  const first = problems.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  throw new DispatchError('AD_PLUGIN_CONTRACT', `${plugin.packageName} does not do what its manifest says: ${first}.`, {
    problems,
  });
}

async function importModule(plugin: LoadablePlugin): Promise<unknown> {
  const { root } = plugin;
  return attempt(plugin, 'its module cannot be imported', async () => {
    const entry = entryOf(await readJsonObject(path.join(root, 'package.json')));
    return import(pathToFileURL(await fileInPackage(root, entry)).href) as Promise<unknown>;
  });
}

function pluginIn(module: unknown, { packageName, manifest }: LoadablePlugin): ProviderPlugin {
  const plugin = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (!isRecord(plugin) || typeof plugin['create'] !== 'function')
    throw new DispatchError('AD_PLUGIN_CONTRACT', `${packageName} has no default export { apiVersion, create }.`);
  if (plugin['apiVersion'] !== manifest.apiVersion)
    throw new DispatchError(
      'AD_PLUGIN_CONTRACT',
      `The code of ${packageName} has apiVersion ${String(plugin['apiVersion'])}, its manifest ${manifest.apiVersion}.`,
    );
  return plugin as unknown as ProviderPlugin;
}

/** The module that `import` of the package's name would give: `exports`, else `main`. */
function entryOf({ exports, main }: Record<string, unknown>): string {
  const root = isRecord(exports) && '.' in exports ? exports['.'] : exports;
  const entry = target(root) ?? (exports === undefined ? (main ?? 'index.js') : undefined);
  if (typeof entry === 'string') return entry;
  throw new DispatchError('AD_PLUGIN_LOAD', 'its package.json exports no module under "."');
}

const CONDITIONS = new Set(['node', 'import', 'module-sync', 'default']);

function target(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(target).find((one) => one !== undefined);
  if (!isRecord(value)) return undefined;
  return Object.entries(value)
    .filter(([condition]) => CONDITIONS.has(condition))
    .map(([, inner]) => target(inner))
    .find((one) => one !== undefined);
}

/** What the plugin's code throws is its own affair, unless it is already a coded error of a service it used. */
async function attempt<Value>(
  { packageName }: LoadablePlugin,
  what: string,
  action: () => Promise<Value>,
): Promise<Value> {
  try {
    return await action();
  } catch (error) {
    if (isDispatchError(error) && error.code === 'AD_PLUGIN_CONTRACT') throw error;
    throw new DispatchError('AD_PLUGIN_LOAD', `${packageName}: ${what}: ${messageOf(error)}`, { cause: error });
  }
}
