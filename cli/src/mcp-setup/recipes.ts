// The MCP clients that `agentdispatch mcp setup` knows.
import { claudeCode } from './claude-code.js';
import { codex } from './codex.js';
import { hermes } from './hermes.js';
import { openclaw } from './openclaw.js';
import type { Recipe } from './recipe.js';

export const RECIPES = { 'claude-code': claudeCode, codex, openclaw, hermes } satisfies Record<string, Recipe>;

export type ClientName = keyof typeof RECIPES;

export const CLIENT_NAMES = Object.keys(RECIPES) as ClientName[];
