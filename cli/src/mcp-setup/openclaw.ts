// OpenClaw. It cuts calls at 60 seconds unless told otherwise, so that both its limit and the server's are set. A
// reference to a variable that is not set reaches the server as it stands, hence only those are written that are.
import path from 'node:path';
import type { Entry, Recipe } from './recipe.js';
import { references } from './references.js';

const WAIT = 'AGENTDISPATCH_MCP_WAIT_SECONDS';
const REQUEST_MS = 300_000;
const WAIT_SECONDS = 240;

export const openclaw: Recipe = {
  title: 'OpenClaw',
  format: 'json5',
  places: {
    user: ({ env, home }) => {
      if (env['OPENCLAW_CONFIG_PATH']) return split(env['OPENCLAW_CONFIG_PATH']);
      if (env['OPENCLAW_STATE_DIR']) return { base: env['OPENCLAW_STATE_DIR'], relative: 'openclaw.json' };
      return { base: env['OPENCLAW_HOME'] || home, relative: path.join('.openclaw', 'openclaw.json') };
    },
  },
  container: ['mcp', 'servers'],
  entry: ({ command, args }, { set }) => ({
    command,
    args,
    env: { ...references(set), [WAIT]: String(WAIT_SECONDS) },
    connectionTimeoutMs: 30_000,
    requestTimeoutMs: REQUEST_MS,
  }),
  settle: withoutTooLongWaits,
  byHand: ({ name, entry }) => ({ command: ['openclaw', 'mcp', 'set', name, JSON.stringify(entry)] }),
  passes: ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'],
  howToSet: 'Put them into ~/.openclaw/.env or where OpenClaw is started, and run this again to have them named.',
  afterwards: 'Run `openclaw mcp reload`; `openclaw mcp probe` tries the server.',
};

const split = (file: string) => ({ base: path.dirname(path.resolve(file)), relative: path.basename(file) });

/** A shorter limit that was set by hand stays: the server then waits as briefly as it does by itself. */
function withoutTooLongWaits(entry: Entry): Entry {
  const { requestTimeoutMs, env } = entry;
  if (typeof requestTimeoutMs !== 'number' || requestTimeoutMs >= REQUEST_MS) return entry;
  const { [WAIT]: wait, ...others } = (env ?? {}) as Entry;
  return wait === String(WAIT_SECONDS) ? { ...entry, env: others } : entry;
}
