// JSON files, which may be large: Claude Code keeps much beside its servers in one. They are read by JSON.parse, and the
// tree tells where to cut the text; writing the tree would take seconds.
import type { JsonNode, JsonObjectNode } from '@croct/json5-parser';
import { innermost, isBare, isEmpty, isSame, json5Text, jsonTree } from './json5-text.js';
import type { Entry, Json } from './recipe.js';
import { nested } from './tables.js';
import { Unreadable, type TextFormat } from './text-format.js';

export const jsonText: TextFormat = {
  parse: (text) => {
    if (isEmpty(text)) return {};
    const data = plainJson(text) ?? notJson(text);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
    throw new Unreadable('this is no JSON object', 1);
  },
  edits: function* (text, path, entry) {
    if (isEmpty(text) || isBare(text)) yield json5Text.alone(path, entry);
    else yield edited(text, path, entry);
  },
  alone: (path, entry) => json5Text.alone(path, entry),
};

function plainJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function notJson(text: string): never {
  jsonTree(text, 'JSON');
  // The tree takes it for good, so that no line can be named.
  throw new Unreadable('this is JSON5, not JSON', undefined);
}

/** A part of the text and what stands there instead. */
interface Cut {
  from: number;
  to: number;
  text: string;
}

function edited(text: string, path: readonly string[], entry: Entry): string {
  const { table, depth } = innermost(jsonTree(text, 'JSON'), path);
  const [key, ...rest] = path.slice(depth);
  if (key !== undefined) {
    const value = nested(rest, entry);
    return cut(text, [
      table.has(key) ? replaced(text, table.get(key), value) : inserted(text, table, { [key]: value }),
    ]);
  }
  const wanted = Object.entries(entry).filter(([key, value]) => !isSame(table, key, value));
  const missing = wanted.filter(([key]) => !table.has(key));
  return cut(text, [
    ...wanted.filter(([key]) => table.has(key)).map(([key, value]) => replaced(text, table.get(key), value)),
    ...(missing.length === 0 ? [] : [inserted(text, table, Object.fromEntries(missing))]),
  ]);
}

/** The last first, so that earlier places stay true. */
const cut = (text: string, cuts: Cut[]): string =>
  cuts
    .sort((one, other) => other.from - one.from)
    .reduce((rest, { from, to, text: instead }) => rest.slice(0, from) + instead + rest.slice(to), text);

const placeOf = ({ location }: JsonNode): { from: number; to: number } => ({
  from: location.start.index,
  to: location.end.index,
});

const replaced = (text: string, node: JsonNode, value: Json): Cut => {
  const place = placeOf(node);
  return { ...place, text: laidOut(text, value, indentAt(text, place.from)) };
};

/** Behind the last key of a table, on lines of their own where that has one; or in place of an empty table. */
function inserted(text: string, table: JsonObjectNode, value: Entry): Cut {
  const last = table.properties.at(-1);
  if (last === undefined) return replaced(text, table, value);
  const { from, to } = placeOf(last);
  const before = text.slice(Math.max(0, from - 100), from);
  if (!/\n[ \t]*$/.test(before)) {
    const space = /\s$/.test(before) ? ' ' : '';
    return { from: to, to, text: `,${space}${JSON.stringify(value).slice(1, -1)}` };
  }
  // Its braces would stand one step further out.
  const block = laidOut(text, value, indentAt(text, from).slice(stepOf(text).length));
  return { from: to, to, text: `,${block.slice(1).replace(/\s*\}$/, '')}` };
}

/** On several lines where the file has several. */
function laidOut(text: string, value: Json, indent: string): string {
  if (!text.trim().includes('\n')) return JSON.stringify(value);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return JSON.stringify(value, undefined, stepOf(text)).replaceAll('\n', newline + indent);
}

const indentAt = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '';

/** How far the first key of the file is indented. */
const stepOf = (text: string): string => /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
