// What is to become of a client's file: the entry, the text with it, and where it stands. Whatever the editing does, the
// text is taken only when it says what was there before plus the entry, and nothing else.
import { isDeepStrictEqual } from 'node:util';
import { DispatchError } from '@agent-dispatch/core/errors';
import { mergeEntry, refuseForeign } from './merge-entry.js';
import type { Entry, Recipe } from './recipe.js';
import { isTable, withEntry } from './tables.js';
import { syntaxError, Unreadable, type TextFormat } from './text-format.js';
import { textFormat } from './text-formats.js';

export interface Change {
  /** The whole entry as it will be. */
  entry: Entry;
  /** What is new or different in it. */
  added: Entry;
  /** Names of what was set before and stays. */
  kept: string[];
  /** The whole file; undefined when there is nothing to do. */
  text?: string;
  /** Where the entry begins in it. From 1. */
  line?: number;
  /** The new or different part as it reads in an empty file. */
  block: string;
}

export interface Wanted {
  recipe: Recipe;
  name: string;
  /** As the recipe makes it. */
  entry: Entry;
  /** Absolute. */
  file: string;
  /** Undefined when there is no file yet. */
  text: string | undefined;
  /** The client's own command, for files that cannot be edited. */
  instead: string;
}

/** Errors: AD_CONFIG_SYNTAX, AD_CONFIG_INVALID, AD_CONFIG_EXISTS. */
export async function planChange({ recipe, name, entry: fresh, file, text = '', instead }: Wanted): Promise<Change> {
  const format = await textFormat(recipe.format);
  const [bom, body] = text.startsWith('\uFEFF') ? ['\uFEFF', text.slice(1)] : ['', text];
  const data = readData(format, body, file);
  const path = [...recipe.container, name];
  const present = presentEntry(data, path, file);
  if (present !== undefined) refuseForeign(present, { file, name });
  const merged = mergeEntry(present, fresh);
  const entry = recipe.settle?.(merged) ?? merged;
  const added = difference(present, entry);
  const kept = Object.keys(present ?? {}).filter((key) => !Object.hasOwn(added, key));
  const block = Object.keys(added).length === 0 ? '' : format.alone(path, added);
  if (block === '') return { entry, added, kept, block };
  const edited = edit(format, body, { path, entry, expected: withEntry(data, path, entry) });
  if (edited === undefined) throw notEditable(file, instead);
  return { entry, added, kept, block, text: bom + edited, line: firstDifference(body, edited) };
}

function readData(format: TextFormat, text: string, file: string): Entry {
  try {
    return format.parse(text);
  } catch (error) {
    throw error instanceof Unreadable ? syntaxError(file, error) : error;
  }
}

/** Errors: AD_CONFIG_INVALID when something on the way, or the entry itself, is no table. */
function presentEntry(data: Entry, path: readonly string[], file: string): Entry | undefined {
  let at = data;
  for (const [depth, key] of path.entries()) {
    const inner = Object.hasOwn(at, key) ? at[key] : undefined;
    if (inner === undefined || inner === null) return undefined;
    if (!isTable(inner)) throw noTable(file, path.slice(0, depth + 1));
    at = inner;
  }
  return at;
}

const noTable = (file: string, path: readonly string[]): DispatchError =>
  new DispatchError('AD_CONFIG_INVALID', `${file} has something else than a table at "${path.join('.')}".`, {
    hint: 'Correct it there; nothing was written.',
    problems: [{ pointer: `/${path.join('/')}`, message: 'must be a table', file }],
  });

const notEditable = (file: string, instead: string): DispatchError =>
  new DispatchError('AD_CONFIG_INVALID', `${file} is written in a way that cannot be added to safely.`, {
    hint: `Run \`${instead}\`; nothing was written.`,
  });

/** Values that were there before stay out of it: they may be secret. */
function difference(present: Entry = {}, entry: Entry): Entry {
  const changed = Object.entries(entry).filter(([key, value]) => !isDeepStrictEqual(present[key], value));
  return Object.fromEntries(
    changed.map(([key, value]) => {
      const before = present[key];
      return [key, isTable(before) && isTable(value) ? difference(before, value) : value];
    }),
  );
}

interface Edit {
  path: readonly string[];
  entry: Entry;
  expected: Entry;
}

function edit(format: TextFormat, text: string, { path, entry, expected }: Edit): string | undefined {
  const candidates = format.edits(text, path, entry)[Symbol.iterator]();
  for (;;) {
    const next = attempted(() => candidates.next());
    if (next === undefined || next.done === true) return undefined;
    const { value } = next;
    if (attempted(() => isDeepStrictEqual(format.parse(value), expected)) === true) return value;
  }
}

/** Undefined where an editing library gives up: its words may quote the file, which may hold secrets. */
function attempted<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function firstDifference(before: string, after: string): number {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const at = now.findIndex((line, index) => line.trim() !== '' && line !== old[index]);
  return at + 1;
}
