// Loads the configuration: found, parsed, checked against the schema and against itself. Needs no manifest: what
// providers demand is checked in plugins/check-profiles.ts.
import { homedir } from 'node:os';
import path from 'node:path';
import { validate, type Config, type Problem } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { digestOf } from './canonical-json.js';
import { referenceProblems } from './check-references.js';
import { parseSource, syntaxError, type ConfigSource } from './config-source.js';
import { readConfig, searchConfig } from './find-config.js';
import type { LoadedConfig } from './loaded-config.js';
import { locateProblems } from './located-problem.js';
import { setting, stateDirectory, type Environment } from './state-dir.js';

export interface LoadConfigOptions {
  /** The file to load, as given with --config; else $AGENTDISPATCH_CONFIG; else one is searched upward from `cwd`. */
  path?: string;
  /** Absolute. */
  cwd: string;
  env: Environment;
  /** What holds where no file is found. Default: an empty configuration. */
  embedded?: () => Config | Promise<Config>;
  /** Absolute. Default: the user's home directory. */
  home?: string;
}

/**
 * Errors: AD_CONFIG_NOT_FOUND, AD_CONFIG_UNREADABLE, AD_CONFIG_SYNTAX, AD_CONFIG_INVALID; the latter two with every
 * problem, its file and its line.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const home = options.home ?? setting(options.env, 'HOME') ?? homedir();
  const named = options.path ?? setting(options.env, 'AGENTDISPATCH_CONFIG');
  const source =
    named === undefined
      ? await searchConfig(path.resolve(options.cwd), home)
      : await readConfig(path.resolve(options.cwd, named));
  return source === undefined ? builtIn(options, home) : fromSource(source, options, home);
}

function fromSource(source: ConfigSource, { cwd, env }: LoadConfigOptions, home: string): LoadedConfig {
  const { value, locate } = parseSource(source);
  const { file } = source;
  if (value === null || value === undefined) throw syntaxError(file, [{ message: 'the file is empty', line: 1 }]);
  const config = checked(value, file, { locate });
  const baseDir = path.dirname(file);
  const stateDir = stateDirectory({ cwd, env, home, file: { directory: baseDir, stateDir: config.stateDir } });
  return { config, file, baseDir, stateDir, digest: digestOfTasks(config), locate };
}

async function builtIn({ cwd, env, embedded }: LoadConfigOptions, home: string): Promise<LoadedConfig> {
  const locate = (): undefined => undefined;
  const config = checked((await embedded?.()) ?? {}, 'The built-in configuration', { locate });
  const stateDir = stateDirectory({ cwd, env, home });
  return { config, baseDir: path.resolve(cwd), stateDir, digest: digestOfTasks(config), locate };
}

/** Who may call over HTTP is the matter of the process that listens there: a new token needs no other dispatcher. */
const digestOfTasks = ({ mcp: _, ...config }: Config): string => digestOf(config);

function checked(value: unknown, name: string, places: Pick<LoadedConfig, 'locate'>): Config {
  const problems: Problem[] = [...validate('Config', value), ...referenceProblems(value)];
  if (problems.length === 0) return value as Config;
  throw new DispatchError('AD_CONFIG_INVALID', `${name} has ${counted(problems.length)}.`, {
    problems: locateProblems(problems, places),
  });
}

const counted = (count: number): string => (count === 1 ? '1 problem' : `${count} problems`);
