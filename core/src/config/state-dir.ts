// Where the tasks of a configuration are kept.
import path from 'node:path';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface StateDirOptions {
  cwd: string;
  env: Environment;
  home: string;
  /** Of the configuration file; absent where there is none. */
  file?: { directory: string; stateDir: string | undefined };
}

/** Absolute. $AGENTDISPATCH_STATE_DIR, else what the file says (default beside it), else the user's own state directory. */
export function stateDirectory({ cwd, env, home, file }: StateDirOptions): string {
  const override = setting(env, 'AGENTDISPATCH_STATE_DIR');
  if (override !== undefined) return path.resolve(cwd, override);
  if (file !== undefined) return path.resolve(file.directory, file.stateDir ?? '.agentdispatch');
  return path.join(xdgDirectory(env, 'XDG_STATE_HOME') ?? path.join(home, '.local', 'state'), 'agentdispatch');
}

/** The value of a variable; an empty one counts as not set. */
export const setting = (env: Environment, name: string): string | undefined => env[name] || undefined;

/** The XDG base directory specification has relative paths ignored. */
export function xdgDirectory(env: Environment, name: string): string | undefined {
  const directory = setting(env, name);
  return directory !== undefined && path.isAbsolute(directory) ? directory : undefined;
}
