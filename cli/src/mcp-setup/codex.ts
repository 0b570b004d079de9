// Codex. Without `required` its first turn begins before a server has listed its tools; older versions cut calls at 60 or
// 120 seconds, so the limit is written down. `env_vars` names variables and takes their values when the server starts.
import path from 'node:path';
import type { Recipe } from './recipe.js';

export const codex: Recipe = {
  title: 'Codex',
  format: 'toml',
  places: {
    user: ({ env, home }) =>
      env['CODEX_HOME']
        ? { base: env['CODEX_HOME'], relative: 'config.toml' }
        : { base: home, relative: path.join('.codex', 'config.toml') },
    project: ({ cwd }) => ({ base: path.resolve(cwd), relative: path.join('.codex', 'config.toml') }),
  },
  container: ['mcp_servers'],
  entry: ({ command, args }, { set, unset }) => ({
    command,
    args,
    ...(set.length + unset.length > 0 && { env_vars: [...set, ...unset].sort() }),
    startup_timeout_sec: 30,
    tool_timeout_sec: 300,
    required: true,
  }),
  byHand: ({ name, served: { command, args } }) => ({
    command: ['codex', 'mcp', 'add', name, '--', command, ...args],
    leavesOut: 'env_vars, the timeouts and required',
  }),
  passes: [
    'HOME',
    'LOGNAME',
    'PATH',
    'SHELL',
    'USER',
    '__CF_USER_TEXT_ENCODING',
    'LANG',
    'LC_ALL',
    'TERM',
    'TMPDIR',
    'TZ',
  ],
  howToSet: 'Set them where Codex is started; the names are in env_vars already.',
  afterwards:
    'Start Codex anew; `codex mcp list` shows the server. In a project its file counts once Codex trusts the project.',
};
