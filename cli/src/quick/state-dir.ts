// Where the state directory is, for the plain cases and without the parsers of the configuration loader. For anything
// else it says that it does not know, and the full way is taken: it never guesses.
import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

export interface Surroundings {
  /** As given with --config. */
  config?: string;
  /** Absolute. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** Absolute; undefined when only the full way can tell. The rules are those of core's loader. */
export async function quickStateDir({ config, cwd, env }: Surroundings): Promise<string | undefined> {
  const home = env['HOME'] || homedir();
  const override = env['AGENTDISPATCH_STATE_DIR'];
  const named = config ?? (env['AGENTDISPATCH_CONFIG'] || undefined);
  const file = named === undefined ? await search(cwd, home) : path.resolve(cwd, named);
  if (file === 'unclear') return undefined;
  const inFile = file === undefined ? {} : await stateDirOf(file);
  if (inFile === undefined) return undefined;
  if (override) return path.resolve(cwd, override);
  if (file !== undefined) return path.resolve(path.dirname(file), inFile.stateDir ?? '.agentdispatch');
  const xdg = env['XDG_STATE_HOME'];
  const base = xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.local', 'state');
  return path.join(base, 'agentdispatch');
}

/** The nearest JSON file; a YAML file, or a package.json that may hold a configuration, makes it unclear. */
async function search(from: string, home: string): Promise<string | undefined> {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const at = (name: string): string => path.join(directory, name);
    if (await isThere(at('agentdispatch.config.json'))) return at('agentdispatch.config.json');
    const yaml = await Promise.all(['yaml', 'yml'].map((ending) => isThere(at(`agentdispatch.config.${ending}`))));
    if (yaml.includes(true)) return 'unclear';
    if ((await textOf(at('package.json')))?.includes('agentdispatch') === true) return 'unclear';
    if (directory === home || directory === path.dirname(directory)) return undefined;
  }
}

async function stateDirOf(file: string): Promise<{ stateDir?: string } | undefined> {
  if (path.extname(file) !== '.json' || path.basename(file) === 'package.json') return undefined;
  try {
    const value: unknown = JSON.parse((await textOf(file)) ?? '');
    const { stateDir } = (typeof value === 'object' && value !== null ? value : {}) as { stateDir?: unknown };
    return stateDir === undefined ? {} : typeof stateDir === 'string' ? { stateDir } : undefined;
  } catch (error) {
    // The loader says what is wrong, and where.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

const textOf = async (file: string): Promise<string | undefined> => await readFile(file, 'utf8').catch(() => undefined);
