// An entry that is there already, brought up to what a recipe wants: how the server is started is ours, every other
// setting that somebody has made stays, what is missing is added.
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Entry, Json } from './recipe.js';
import { isTable } from './tables.js';

/** Keys that say which program is started. */
const START = ['type', 'command', 'args'];

export function mergeEntry(present: Entry | undefined, wanted: Entry): Entry {
  if (present === undefined) return wanted;
  const merged = { ...present };
  for (const [key, value] of Object.entries(wanted))
    merged[key] = START.includes(key) ? value : together(present[key], value);
  return merged;
}

/** Lists of names are joined and tables filled up; anything else that is there stays. */
function together(present: Json | undefined, wanted: Json): Json {
  if (present === undefined || present === null) return wanted;
  if (Array.isArray(present) && Array.isArray(wanted)) {
    const names = present.map(nameOf);
    return [...present, ...wanted.filter((item) => !names.includes(nameOf(item)))];
  }
  return isTable(present) && isTable(wanted) ? { ...wanted, ...present } : present;
}

/** A variable may be a table with a name. */
const nameOf = (item: Json): Json | undefined => (isTable(item) ? item['name'] : item);

const nameOfProgram = (part: string): string => part.split(/[\\/]/).at(-1) ?? '';
const isOurs = (part: string): boolean =>
  /^(agentdispatch(-mcp)?(\.js|\.cmd)?|mcp-server(@.*)?)$/i.test(nameOfProgram(part)) && /agent-?dispatch/i.test(part);
const isRunner = (part: string): boolean => /^(node|npx|bunx|pnpm|bun)(\.exe|\.cmd)?$/i.test(nameOfProgram(part));

/** Errors: AD_CONFIG_EXISTS when the entry belongs to another server. */
export function refuseForeign(present: Entry, { file, name }: { file: string; name: string }): void {
  const { command, args } = present;
  const [first, ...rest] = [command, ...(Array.isArray(args) ? args : [])].filter((part) => typeof part === 'string');
  // Ours by itself, or by node, npx and their like; behind a wrapper of the user's own it stays.
  if (first !== undefined && (isOurs(first) || (isRunner(first) && rest.slice(0, 2).some(isOurs)))) return;
  throw new DispatchError('AD_CONFIG_EXISTS', `${file} has an entry "${name}" that starts something else.`, {
    hint: 'Choose another name with --name, or remove that entry first; nothing was written.',
  });
}
