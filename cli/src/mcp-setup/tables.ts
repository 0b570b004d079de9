// The data of a client's file: tables within tables.
import type { Entry, Json } from './recipe.js';

export const isTable = (value: Json | undefined): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined where nothing is there, or something on the way is no table. */
export const entryAt = (data: Entry, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((at, key) => (isTable(at) && Object.hasOwn(at, key) ? at[key] : undefined), data);

/** The same data with `entry` at `path`, whatever was there. */
export function withEntry(data: Entry, [key, ...rest]: readonly string[], entry: Entry): Entry {
  if (key === undefined) return entry;
  const inner = entryAt(data, [key]);
  return { ...data, [key]: withEntry(isTable(inner) ? inner : {}, rest, entry) };
}

/** Nested tables around an entry. */
export const nested = (path: readonly string[], entry: Entry): Entry => withEntry({}, path, entry);
