// JSON5 files. The tree keeps every comment and space; only what is set is written anew.
import { JsonObjectNode, JsonParseError, JsonParser, type JsonValueNode } from '@croct/json5-parser';
import type { Entry, Json } from './recipe.js';
import { nested } from './tables.js';
import { Unreadable, type TextFormat } from './text-format.js';

export const json5Text: TextFormat = {
  parse: (text) => (isEmpty(text) ? {} : (jsonTree(text, 'JSON5').toJSON() as Entry)),
  edits: function* (text, path, entry) {
    // There is no style to follow yet.
    if (isEmpty(text) || isBare(text)) yield json5Text.alone(path, entry);
    else yield edited(text, path, entry);
  },
  alone: (path, entry) => `${JSON.stringify(nested(path, entry), undefined, 2)}\n`,
};

/** A table with nothing in it, not even a comment. */
export const isBare = (text: string): boolean => /^\s*\{\s*\}\s*$/.test(text);

export const isEmpty = (text: string): boolean => text.trim() === '';

export function jsonTree(text: string, name: string): JsonObjectNode {
  try {
    return JsonParser.parse(text, JsonObjectNode);
  } catch (error) {
    // Messages quote the text, which may be secret.
    if (error instanceof JsonParseError) throw new Unreadable(`this is not ${name}`, error.location.start.line);
    throw new Unreadable(`this is no ${name} object`, 1);
  }
}

/** The innermost table on the way, and how many keys lead there. */
export function innermost(root: JsonObjectNode, path: readonly string[]): { table: JsonObjectNode; depth: number } {
  let table = root;
  for (const [depth, key] of path.entries()) {
    const inner = table.has(key) ? table.get(key) : undefined;
    if (!(inner instanceof JsonObjectNode)) return { table, depth };
    table = inner;
  }
  return { table, depth: path.length };
}

function edited(text: string, path: readonly string[], entry: Entry): string {
  const root = jsonTree(text, 'JSON5');
  const { table, depth } = innermost(root, path);
  const [key, ...rest] = path.slice(depth);
  if (key !== undefined) table.set(key, laidOut(text, table, { depth, value: nested(rest, entry) }));
  else for (const [name, value] of Object.entries(entry)) if (!isSame(table, name, value)) table.set(name, value);
  return root.toString();
}

/** Over several lines, indented as its neighbours are; left to the library where they stand on one line. */
function laidOut(
  text: string,
  table: JsonObjectNode,
  { depth, value }: { depth: number; value: Entry },
): JsonValueNode | Entry {
  const first = table.properties[0]?.location.start;
  const indent = first && text.split('\n')[first.line - 1]?.slice(0, first.column - 1);
  if (indent === undefined || !/^\s+$/.test(indent)) return value;
  const step = indent.slice(0, Math.ceil(indent.length / (depth + 1)));
  return JsonParser.parse(JSON.stringify(value, undefined, step).replaceAll('\n', `\n${indent}`), JsonObjectNode);
}

export const isSame = (node: JsonObjectNode, key: string, value: Json): boolean =>
  node.has(key) && JSON.stringify(node.get(key).toJSON()) === JSON.stringify(value);
