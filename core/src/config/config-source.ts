// One configuration text as a JSON value in which every pointer still knows its line. Decides what is well-formed, not
// what is valid. Neighbours: find-config.ts brings the text, load-config.ts checks the value.
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml';
import { DispatchError } from '../errors/index.js';
import { faultOffset } from './json-fault.js';
import type { Place } from './loaded-config.js';
import { messageOf } from './thrown.js';

export interface ConfigSource {
  /** Absolute. */
  file: string;
  text: string;
  format: 'json' | 'yaml';
  /** The key under which the configuration stands in a file that holds other things too. */
  section?: string;
}

export interface ParsedSource {
  value: unknown;
  /** A pointer to something absent gives the nearest place above it. */
  locate: (pointer: string) => Place;
}

/** Errors: AD_CONFIG_SYNTAX with the line of each problem; for an empty text too. */
export function parseSource(source: ConfigSource): ParsedSource {
  const text = source.text.replace(/^\uFEFF/, '');
  // A JSON text is YAML as well: the same tree gives the lines of both.
  const document = parseDocument(text, { prettyErrors: false });
  const place = (offset: number): Required<Place> => ({ file: source.file, line: lineAt(text, offset) });
  const faults = source.format === 'json' ? jsonFaults(text, document) : yamlFaults(document);
  if (faults.length > 0)
    throw syntaxError(
      source.file,
      faults.map(({ message, at }) => ({ message, ...place(at) })),
    );
  const value = source.format === 'json' ? (JSON.parse(text) as unknown) : jsonValue(document, place(0));
  return {
    value: source.section === undefined ? value : (value as Record<string, unknown>)[source.section],
    locate: (pointer) =>
      place(offsetOf(document, [...(source.section === undefined ? [] : [source.section]), ...tokens(pointer)])),
  };
}

export function syntaxError(file: string, problems: { message: string; line: number }[]): DispatchError {
  return new DispatchError(
    'AD_CONFIG_SYNTAX',
    `${file} cannot be parsed: ${problems[0]?.message ?? 'it is malformed'}.`,
    {
      problems: problems.map(({ message, line }) => ({ pointer: '', message, file, line })),
    },
  );
}

interface Fault {
  message: string;
  at: number;
}

function jsonFaults(text: string, document: Document.Parsed): Fault[] {
  try {
    JSON.parse(text);
  } catch {
    // Its message quotes the text; the place says enough.
    const at = faultOffset(text);
    return [{ message: at >= text.trimEnd().length ? 'the JSON ends too early' : 'this is not JSON', at }];
  }
  // What JSON.parse lets pass without a word.
  return faultsOf(document.errors.filter(({ code }) => code === 'DUPLICATE_KEY'));
}

/** An unknown tag is a fault: its value would be taken for a plain text. */
const yamlFaults = (document: Document.Parsed): Fault[] => faultsOf([...document.errors, ...document.warnings]);

const faultsOf = (errors: readonly { message: string; pos: readonly [number, number] }[]): Fault[] =>
  errors.map(({ message, pos }) => ({ message, at: pos[0] }));

/** Aliases that refer to nothing, to themselves, or to too much show only here. */
function jsonValue(document: Document.Parsed, start: Required<Place>): unknown {
  try {
    return JSON.parse(JSON.stringify(document.toJS())) as unknown;
  } catch (error) {
    const message = messageOf(error).split('\n', 1).join('');
    throw syntaxError(start.file, [{ message, line: start.line }]);
  }
}

function offsetOf(document: Document.Parsed, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const token of path) {
    const step = stepInto(isAlias(node) ? node.resolve(document) : node, token);
    if (step === undefined) break;
    offset = step.at.range?.[0] ?? offset;
    node = step.node;
  }
  return offset;
}

function stepInto(node: unknown, token: string): { at: Node; node: unknown } | undefined {
  if (isMap<Node, Node>(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === token);
    return pair && { at: pair.key, node: pair.value };
  }
  const item = isSeq<Node>(node) ? node.items[Number(token)] : undefined;
  return item && { at: item, node: item };
}

const tokens = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
