// YAML files. The library would lay out the whole file anew, so that an entry is set into the text at the place that the
// tree gives; only where that does not say the same (flow style, odd indents) the library writes the file.
import { isMap, isScalar, parseDocument, stringify, type Document, type YAMLMap } from 'yaml';
import { nested, Unreadable, type TextFormat } from './text-format.js';
import type { Entry, Json } from './recipe.js';

type Node = NonNullable<Document.Parsed['contents']>;

export const yamlText: TextFormat = {
  parse: (text) => {
    const document = parseDocument(text, { prettyErrors: false });
    const [fault] = document.errors;
    if (fault !== undefined) throw new Unreadable('this is not YAML', text.slice(0, fault.pos[0]).split('\n').length);
    const data: unknown = document.toJS();
    if (data === null || data === undefined) return {};
    if (!isMap(document.contents)) throw new Unreadable('this is no YAML mapping', 1);
    return data as Entry;
  },
  edits: function* (text, path, entry) {
    const document = parseDocument(text);
    const present = document.getIn(path, true);
    if (isMap(present)) yield replaced(text, document, path, entry);
    else yield inserted(text, document, path, entry);
    yield rewritten(document, path, entry);
  },
  alone: (path, entry) => stringify(nested(path, entry), LAYOUT),
};

const LAYOUT = { lineWidth: 0, flowCollectionPadding: false } as const;

/** A new entry: after the last one of the table that would hold it, or with that table at the end of the file. */
function inserted(text: string, document: Document.Parsed, path: readonly string[], entry: Entry): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const table: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    if (!isMap<Node, Node | null>(table) || table.flow === true || table.items.length === 0) continue;
    const first = table.items[0]?.key.range?.[0] ?? 0;
    const indent = first - (text.lastIndexOf('\n', first - 1) + 1);
    return atLine(text, endOfLast(text, table), indented(yamlText.alone(path.slice(depth), entry), indent, newline));
  }
  return atLine(text, text.length, indented(yamlText.alone(path, entry), 0, newline));
}

/** Where the line ends on which the last value of a table ends. */
function endOfLast(text: string, table: YAMLMap<Node, Node | null>): number {
  const last = table.items.at(-1);
  const end = (last?.value ?? last?.key)?.range?.[1] ?? text.length;
  if (text[end - 1] === '\n') return end;
  const line = text.indexOf('\n', end);
  return line === -1 ? text.length : line + 1;
}

function atLine(text: string, at: number, block: string): string {
  const before = text.slice(0, at);
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  return before + end + block + text.slice(at);
}

const indented = (block: string, columns: number, newline: string): string =>
  block
    .trimEnd()
    .split('\n')
    .map((line) => `${' '.repeat(columns)}${line}${newline}`)
    .join('');

/** The changed values of an entry that is there, the last first, so that earlier places stay true. */
function replaced(text: string, document: Document.Parsed, path: readonly string[], entry: Entry): string {
  const table = document.getIn(path, true) as YAMLMap<Node, Node | null>;
  const added = Object.entries(entry).filter(([key]) => !table.has(key));
  const first = table.items[0]?.key.range?.[0] ?? 0;
  const indent = first - (text.lastIndexOf('\n', first - 1) + 1);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const addition = added.length === 0 ? '' : stringify(Object.fromEntries(added), LAYOUT);
  let result = addition === '' ? text : atLine(text, endOfLast(text, table), indented(addition, indent, newline));
  for (const { key, value } of [...table.items].reverse()) {
    const name = isScalar(key) ? String(key.value) : '';
    const wanted = entry[name];
    if (wanted === undefined || value?.range == null || isEqual(value.toJSON(), wanted)) continue;
    result = result.slice(0, value.range[0]) + inline(wanted) + result.slice(endOfValue(text, value));
  }
  return result;
}

/** A block ends with its line; what replaces it stands on one. */
const endOfValue = (text: string, { range }: Node): number => {
  const end = range?.[1] ?? 0;
  const kept = text.slice(range?.[0] ?? 0, end);
  return end - (kept.length - kept.trimEnd().length);
};

const inline = (value: Json): string => JSON.stringify(value);

const isEqual = (a: unknown, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);

function rewritten(document: Document.Parsed, path: readonly string[], entry: Entry): string {
  const present = document.getIn(path, true);
  if (isMap(present)) {
    for (const [key, value] of Object.entries(entry))
      if (!isEqual((present.get(key, true) as Node | undefined)?.toJSON(), value))
        present.set(key, document.createNode(value));
  } else {
    let depth = path.length - 1;
    while (depth > 0 && !isMap(document.getIn(path.slice(0, depth), true))) depth -= 1;
    document.setIn(path.slice(0, depth + 1), document.createNode(nested(path.slice(depth + 1), entry)));
  }
  return document.toString(LAYOUT);
}
