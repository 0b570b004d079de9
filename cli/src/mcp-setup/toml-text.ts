// TOML files. A new entry is a table of its own at the end, as people write it; where that cannot stand (the servers are
// an inline table), and for changes to an entry, the text is patched in place.
import { parse, patch, stringify } from '@decimalturn/toml-patch';
import { Unreadable, type TextFormat } from './text-format.js';
import type { Entry, Json } from './recipe.js';

export const tomlText: TextFormat = {
  parse: (text) => {
    try {
      return plain(parse(text)) as Entry;
    } catch (error) {
      // Messages quote the text, which may be secret.
      const { line } = error as { line?: unknown };
      throw new Unreadable('this is not TOML', typeof line === 'number' ? line : undefined);
    }
  },
  edits: function* (text, path, entry) {
    const data = tomlText.parse(text);
    if (entryAt(data, path) === undefined) yield appended(text, tomlText.alone(path, entry));
    yield patch(text, withEntry(data, path, entry));
  },
  alone: (path, entry) => {
    const tables = Object.entries(entry).filter(([, value]) => isTable(value));
    const plain = Object.fromEntries(Object.entries(entry).filter(([, value]) => !isTable(value)));
    const lines = stringify(plain).trimEnd();
    const inner = tables.map(([key, table]) => tomlText.alone([...path, key], table as Entry));
    return [`[${path.map(keyText).join('.')}]\n${lines}\n`, ...inner].join('\n');
  },
};

/** The parser's tables have no prototype; dates and the like stay what they are. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

const isTable = (value: Json | undefined): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));

function appended(text: string, block: string): string {
  if (text.trim() === '') return text + block;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const end = /\n$/.test(text) ? '' : newline;
  return text + end + newline + block.replaceAll('\n', newline);
}

const entryAt = (data: Entry, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((at, key) => (isTable(at) && Object.hasOwn(at, key) ? at[key] : undefined), data);

function withEntry(data: Entry, [key, ...rest]: readonly string[], entry: Entry): Entry {
  if (key === undefined) return entry;
  const inner = data[key];
  return { ...data, [key]: withEntry(isTable(inner) ? inner : {}, rest, entry) };
}
