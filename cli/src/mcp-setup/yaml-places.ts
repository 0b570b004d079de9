// Where in a YAML text something can be set without touching the rest: offsets that come from the library's tree.
import { isMap, isScalar, type Document, type YAMLMap } from 'yaml';

export type YamlNode = NonNullable<Document.Parsed['contents']>;
export type Table = YAMLMap<YamlNode, YamlNode | null>;

/** The mapping there, be it empty. */
export function tableAt(document: Document.Parsed, path: readonly string[]): Table | undefined {
  const found: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isMap<YamlNode, YamlNode | null>(found) ? found : undefined;
}

/** Written over several lines, with at least one key, so that another can follow. */
export const isBlock = (table: Table | undefined): table is Table =>
  table !== undefined && table.flow !== true && table.items.length > 0;

/** The column at which the keys of a block stand. */
export function indentOf(text: string, table: Table): number {
  const first = table.items[0]?.key.range?.[0] ?? 0;
  return first - (text.lastIndexOf('\n', first - 1) + 1);
}

/** Where the next key of a block goes: below its last value and the comments that belong to that. */
export function endOf(text: string, table: Table): number {
  const { key, value } = table.items.at(-1) ?? {};
  let end = isEmpty(value) ? (key?.range?.[1] ?? text.length) : (value?.range?.[1] ?? text.length);
  if (text[end - 1] !== '\n') end = nextLine(text, end);
  const comment = new RegExp(`[ ]{${Math.max(indentOf(text, table), 1)},}#.*(\\n|$)`, 'y');
  for (comment.lastIndex = end; comment.test(text);) end = comment.lastIndex;
  return end;
}

export function nextLine(text: string, from: number): number {
  const line = text.indexOf('\n', from);
  return line === -1 ? text.length : line + 1;
}

/** The colon of a key, and the end of a value on its line that says nothing: `key: {}`, `key: ~`, `key:`. */
export function emptyValue(text: string, table: Table | undefined, name: string): [number, number] | undefined {
  const pair = table?.items.find(({ key }) => isScalar(key) && key.value === name);
  const from = pair?.key.range?.[1];
  if (from === undefined || table?.flow === true) return undefined;
  return [from, isEmpty(pair?.value) ? text.indexOf(':', from) + 1 : (pair?.value?.range?.[1] ?? from)];
}

/** An absent value has a place, but no text. */
const isEmpty = (value: YamlNode | null | undefined): boolean =>
  value == null || value.range == null || value.range[0] === value.range[1];
