// An entry that is there already, brought up to what a recipe wants: how the server is started is ours, every other
// setting that somebody has made stays, what is missing is added.
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Entry, Json } from './recipe.js';

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

export const isTable = (value: Json | undefined): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Errors: AD_CONFIG_EXISTS when the entry belongs to another server. */
export function refuseForeign(present: Entry, { file, name }: { file: string; name: string }): void {
  const { command, args } = present;
  const start = [command, ...(Array.isArray(args) ? args : [])].filter((part) => typeof part === 'string');
  if (start.some((part) => /agent-?dispatch/i.test(part))) return;
  throw new DispatchError('AD_CONFIG_EXISTS', `${file} has an entry "${name}" that starts something else.`, {
    hint: 'Choose another name with --name, or remove that entry first; nothing was written.',
  });
}
