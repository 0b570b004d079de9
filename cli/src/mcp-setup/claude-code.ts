// Claude Code. Its tools are deferred unless alwaysLoad is set: the model would then see names alone. It has no short
// limit on calls, so no timeout is set.
import path from 'node:path';
import type { Recipe } from './recipe.js';

export const claudeCode: Recipe = {
  title: 'Claude Code',
  format: 'json',
  places: {
    user: ({ env, home }) => ({ base: env['CLAUDE_CONFIG_DIR'] || home, relative: '.claude.json' }),
    project: ({ cwd }) => ({ base: path.resolve(cwd), relative: '.mcp.json' }),
  },
  container: ['mcpServers'],
  entry: ({ command, args }) => ({ type: 'stdio', command, args, alwaysLoad: true }),
  byHand: ({ name, entry, scope }) => ({
    command: ['claude', 'mcp', 'add-json', name, JSON.stringify(entry), '-s', scope],
  }),
  passes: 'everything',
  howToSet: 'Start Claude Code where they are set.',
  afterwards: 'Start Claude Code anew; /mcp shows the server. It asks once before it starts one of a project.',
};
