// Where the configuration is: the file named, or the first one found upward from the working directory. JSON and YAML
// alone, never code. Reads and chooses; parsing and checking are config-source.ts and load-config.ts.
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Options, PublicExplorer } from 'cosmiconfig';
import * as explorerModule from 'cosmiconfig/dist/Explorer.js';
import { DispatchError } from '../errors/index.js';
import { parseSource, syntaxError, type ConfigSource } from './config-source.js';
import { isRecord } from './record.js';
import { codeOf } from './thrown.js';

const KEY = 'agentdispatch';
const ROOT = 0;
const OWN_FILES = ['agentdispatch.config.json', 'agentdispatch.config.yaml', 'agentdispatch.config.yml'];
/** Under the same key, packages of this ecosystem describe themselves; that is no configuration. */
const PACKAGE_METADATA = ['manifest', 'bundledPlugins'];

// The package's front door looks for a file about cosmiconfig itself first, and imports `.config/config.js` of the
// working directory when it is there: code that merely lies around. The class behind that door does not.
const { Explorer } = explorerModule as unknown as {
  Explorer: new (options: Options & { moduleName: string; metaConfigFilePath: null }) => PublicExplorer;
};

/** The file named by the caller. Errors: AD_CONFIG_NOT_FOUND, AD_CONFIG_UNREADABLE, AD_CONFIG_SYNTAX. */
export async function readConfig(file: string): Promise<ConfigSource> {
  if (!['.json', '.yaml', '.yml'].includes(path.extname(file)))
    throw unreadable(
      file,
      'is neither .json nor .yaml',
      'Name a .json or .yaml file; code is not run as configuration.',
    );
  if (!(await isReadable(file))) throw new DispatchError('AD_CONFIG_NOT_FOUND', `${file} does not exist.`);
  const source = sourceFrom(await explorer().load(file));
  if (source === undefined)
    throw new DispatchError('AD_CONFIG_NOT_FOUND', `${file} has no configuration under "${KEY}".`);
  return source;
}

/**
 * The nearest configuration in `from` or above it, up to `home` where that lies on the way, else up to the root.
 * Errors: AD_CONFIG_UNREADABLE, also for one that another user put there: a configuration names programs to run.
 */
export async function searchConfig(
  from: string,
  home: string,
  user = process.getuid?.(),
): Promise<ConfigSource | undefined> {
  const search = explorer();
  for (const directory of upward(from, home)) {
    // The search passes over what it may not read, and would take a file further up for the one meant.
    for (const name of OWN_FILES) await isReadable(path.join(directory, name));
    const source = sourceFrom(await search.search(directory));
    if (source === undefined) continue;
    await refuseForeign(source.file, user);
    return source;
  }
  return undefined;
}

const explorer = (): PublicExplorer =>
  new Explorer({
    moduleName: KEY,
    packageProp: KEY,
    searchPlaces: [...OWN_FILES, 'package.json'],
    loaders: { '.json': load('json'), '.yaml': load('yaml'), '.yml': load('yaml') },
    transform: (result) => result,
    ignoreEmptySearchPlaces: false,
    cache: false,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    metaConfigFilePath: null,
    searchStrategy: 'none',
  });

/** The text goes through unparsed: what would be lost in a plain value are the lines, and `$import` is not followed. */
const load =
  (format: ConfigSource['format']) =>
  (file: string, text: string): unknown => {
    const isPackage = path.basename(file, path.extname(file)) === 'package';
    if (!isPackage) return { file, text, format } satisfies ConfigSource;
    return hasSection(file, text, format) ? { [KEY]: { file, text, format, section: KEY } satisfies ConfigSource } : {};
  };

/** A package file that cannot be parsed is none of our business unless it speaks of us. */
function hasSection(file: string, text: string, format: ConfigSource['format']): boolean {
  if (!text.includes(KEY)) return false;
  const { value } = parseSource({ file, text, format });
  const section = isRecord(value) ? value[KEY] : undefined;
  return section !== undefined && !(isRecord(section) && PACKAGE_METADATA.some((name) => Object.hasOwn(section, name)));
}

function sourceFrom(result: Awaited<ReturnType<PublicExplorer['load']>>): ConfigSource | undefined {
  if (result === null) return undefined;
  if (result.isEmpty !== true) return result.config as ConfigSource;
  if (path.basename(result.filepath) === 'package.json') return undefined;
  throw syntaxError(result.filepath, [{ message: 'the file is empty', line: 1 }]);
}

/** False when there is no such file. Errors: AD_CONFIG_UNREADABLE. */
async function isReadable(file: string): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) throw unreadable(file, 'is not a file');
    await access(file, constants.R_OK);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    if (code === 'EACCES' || code === 'EPERM') throw unreadable(file, 'may not be read by this user');
    throw error;
  }
}

/** @param user undefined on Windows, where files have no such owner. */
async function refuseForeign(file: string, user: number | undefined): Promise<void> {
  const { uid } = await stat(file);
  if (user === undefined || uid === user || uid === ROOT) return;
  throw unreadable(
    file,
    'was found in the search and belongs to another user',
    'Name it with --config if you trust it.',
  );
}

const unreadable = (file: string, why: string, hint?: string): DispatchError =>
  new DispatchError('AD_CONFIG_UNREADABLE', `${file} ${why}.`, { hint });

function* upward(from: string, home: string): Generator<string> {
  for (let directory = from; ; directory = path.dirname(directory)) {
    yield directory;
    if (directory === home || directory === path.dirname(directory)) return;
  }
}
