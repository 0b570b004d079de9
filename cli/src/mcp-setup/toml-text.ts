// TOML files. A new entry is a table of its own at the end, as people write it; where that cannot stand (the servers are
// an inline table), and for changes to an entry, the text is patched in place.
import { parse, patch, stringify } from '@decimalturn/toml-patch';
import type { Entry } from './recipe.js';
import { entryAt, isTable, withEntry } from './tables.js';
import { Unreadable, type TextFormat } from './text-format.js';

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

const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));

function appended(text: string, block: string): string {
  if (text.trim() === '') return text + block;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const end = /\n$/.test(text) ? '' : newline;
  return text + end + newline + block.replaceAll('\n', newline);
}
