// Hermes. It makes one call to a server at a time, for all of its conversations: the server's waits stay as short as they
// are by themselves. A call over its limit costs it all tools of the server, so the limit is written down.
import path from 'node:path';
import type { Recipe } from './recipe.js';
import { references } from './references.js';

export const hermes: Recipe = {
  title: 'Hermes',
  format: 'yaml',
  places: {
    user: ({ env, home }) =>
      env['HERMES_HOME']
        ? { base: env['HERMES_HOME'], relative: 'config.yaml' }
        : { base: home, relative: path.join('.hermes', 'config.yaml') },
  },
  container: ['mcp_servers'],
  entry: ({ command, args }, { set }) => ({
    command,
    args,
    ...(set.length > 0 && { env: references(set) }),
    timeout: 300,
    connect_timeout: 60,
  }),
  byHand: ({ name, served: { command, args }, entry: { env } }) => ({
    command: [
      ...['hermes', 'mcp', 'add', name, '--command', command],
      ...Object.entries(env ?? {}).flatMap(([variable, value]) => ['--env', `${variable}=${String(value)}`]),
      ...['--args', ...args],
    ],
    leavesOut: 'the timeouts',
  }),
  passes: ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TERM', 'SHELL', 'TMPDIR', 'XDG_*'],
  howToSet: 'Put them into ~/.hermes/.env, and run this again where they are set to have them named.',
  afterwards: 'Say /reload-mcp in Hermes, or start it anew.',
};
