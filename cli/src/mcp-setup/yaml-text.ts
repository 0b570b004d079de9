// YAML files. The library would lay out the whole file anew, so an entry is set into the text at the place that the tree
// gives; only where that does not say the same (flow style, odd layouts) the library writes the file.
import { isMap, isScalar, parseDocument, stringify, type Document } from 'yaml';
import type { Entry, Json } from './recipe.js';
import { nested } from './tables.js';
import { Unreadable, type TextFormat } from './text-format.js';
import { emptyValue, endOf, indentOf, isBlock, nextLine, tableAt, type Table, type YamlNode } from './yaml-places.js';

const LAYOUT = { lineWidth: 0, flowCollectionPadding: false } as const;

export const yamlText: TextFormat = {
  parse: (text) => {
    const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
    const [fault] = document.errors;
    if (fault !== undefined) throw new Unreadable('this is not YAML', text.slice(0, fault.pos[0]).split('\n').length);
    const data = plainData(document);
    if (data === null || data === undefined) return {};
    if (!isMap(document.contents)) throw new Unreadable('this is no YAML mapping', 1);
    return data as Entry;
  },
  edits: function* (text, path, entry) {
    const source = { text, document: parseDocument(text, { logLevel: 'error' }) };
    const table = tableAt(source.document, path);
    if (table !== undefined) yield changed(source, table, entry);
    else yield* added(source, path, entry);
    yield rewritten(source.document, path, entry);
  },
  alone: (path, entry) => stringify(nested(path, entry), LAYOUT),
};

interface Source {
  text: string;
  document: Document.Parsed;
}

/** Aliases that lead nowhere, or to too much, show only here. */
function plainData(document: Document.Parsed): unknown {
  try {
    return document.toJS() as unknown;
  } catch {
    throw new Unreadable('this YAML has an alias that cannot be followed', undefined);
  }
}

/** A new entry: below the others, below an empty table of servers, or with that table at the end of the file. */
function* added({ text, document }: Source, path: readonly string[], entry: Entry): Iterable<string> {
  const [container = '', ...rest] = path;
  const empty = emptyValue(text, tableAt(document, []), container);
  if (empty !== undefined) yield filled(text, empty, yamlText.alone(rest, entry));
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const table = tableAt(document, path.slice(0, depth));
    if (isBlock(table)) {
      yield inserted(text, table, yamlText.alone(path.slice(depth), entry));
      return;
    }
  }
  yield atLine(text, text.length, indented(text, yamlText.alone(path, entry), 0));
}

function filled(text: string, [from, to]: [number, number], block: string): string {
  const next = nextLine(text, to);
  const head = `${text.slice(0, from)}:${text.slice(to, next)}`.trimEnd();
  return `${head}${newlineOf(text)}${indented(text, block, 2)}${text.slice(next)}`;
}

const inserted = (text: string, table: Table, block: string): string =>
  atLine(text, endOf(text, table), indented(text, block, indentOf(text, table)));

function atLine(text: string, at: number, block: string): string {
  const before = text.slice(0, at);
  const end = before === '' || before.endsWith('\n') ? '' : newlineOf(text);
  return before + end + block + text.slice(at);
}

const newlineOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

const indented = (text: string, block: string, columns: number): string =>
  block
    .trimEnd()
    .split('\n')
    .map((line) => `${' '.repeat(columns)}${line}${newlineOf(text)}`)
    .join('');

/** The values of an entry that differ, the last first, so that earlier places stay true. */
function changed({ text }: Source, table: Table, entry: Entry): string {
  const missing = Object.entries(entry).filter(([key]) => !table.has(key));
  let result = missing.length === 0 ? text : inserted(text, table, stringify(Object.fromEntries(missing), LAYOUT));
  for (const { key, value } of [...table.items].reverse()) {
    const wanted = isScalar(key) ? entry[String(key.value)] : undefined;
    if (wanted === undefined || value?.range == null || isEqual(value, wanted)) continue;
    const [from, to] = value.range;
    const end = from + text.slice(from, to).trimEnd().length;
    result = result.slice(0, from) + JSON.stringify(wanted) + result.slice(end);
  }
  return result;
}

const isEqual = (node: YamlNode, value: Json): boolean => JSON.stringify(node.toJSON()) === JSON.stringify(value);

function rewritten(document: Document.Parsed, path: readonly string[], entry: Entry): string {
  const table = tableAt(document, path);
  for (const [key, value] of table === undefined ? [] : Object.entries(entry)) {
    const node = table?.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.value;
    if (node == null || !isEqual(node, value)) document.setIn([...path, key], document.createNode(value));
  }
  let depth = path.length - 1;
  while (depth > 0 && tableAt(document, path.slice(0, depth)) === undefined) depth -= 1;
  if (table === undefined)
    document.setIn(path.slice(0, depth + 1), document.createNode(nested(path.slice(depth + 1), entry)));
  return document.toString(LAYOUT);
}
