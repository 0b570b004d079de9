// How a client is to start the server: the program that runs now, by an absolute path that outlives updates. npx would
// look the package up at every start, and the names of a shell are not those of a client.
import { accessSync, constants, realpathSync } from 'node:fs';
import path from 'node:path';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Served } from './recipe.js';

export interface RunningProgram {
  /** The script as it was started. Absolute. */
  script: string;
  /** Of Node. */
  execPath: string;
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
}

/** Where programs find `node` whatever their PATH was set to by a shell. */
const COMMON = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** @param config absolute. Errors: AD_INPUT_INVALID for a program that will not stay. */
export function servedProgram({ script, execPath, env, platform }: RunningProgram, config: string | undefined): Served {
  if (script.split(path.sep).includes('_npx'))
    throw new DispatchError('AD_INPUT_INVALID', `${script} is a copy that npx may remove at any time.`, {
      hint: 'Run `npm install -g @agent-dispatch/cli`, then `agentdispatch mcp setup` again; nothing was written.',
    });
  const args = ['mcp', ...(config === undefined ? [] : ['--config', config])];
  const directories = (env['PATH'] ?? '').split(path.delimiter).filter((directory) => path.isAbsolute(directory));
  const program = inPath(directories, 'agentdispatch', script) ?? script;
  const node = inPath(directories, 'node', execPath) ?? execPath;
  // Windows starts no scripts, and a version manager's node is on the PATH of shells alone.
  const direct = platform !== 'win32' && COMMON.includes(path.dirname(node)) && isExecutable(program);
  return direct
    ? { command: program, args }
    : { command: node, args: [platform === 'win32' ? script : program, ...args] };
}

/** The name in PATH under which a file is found: an update changes what it leads to, and not the name. */
function inPath(directories: readonly string[], name: string, file: string): string | undefined {
  const wanted = real(file);
  return directories.map((directory) => path.join(directory, name)).find((named) => real(named) === wanted);
}

function real(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
