// What a format of client files can do: each is read into plain data and edited as text, so that comments and order stay.
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Entry } from './recipe.js';

export interface TextFormat {
  /** The data of a file; an empty file is an empty table. @throws Unreadable */
  parse(text: string): Entry;
  /** Another text that could say the same with `entry` at `path`, the best first; the caller checks what each says. */
  edits(text: string, path: readonly string[], entry: Entry): Iterable<string>;
  /** A file with nothing else in it. */
  alone(path: readonly string[], entry: Entry): string;
}

/** What stands there cannot be understood. */
export class Unreadable extends Error {
  constructor(
    message: string,
    /** From 1. */
    readonly line: number | undefined,
  ) {
    super(message);
  }
}

export const syntaxError = (file: string, { message, line }: Unreadable): DispatchError =>
  new DispatchError('AD_CONFIG_SYNTAX', `${file}${line === undefined ? '' : `:${line}`} cannot be understood.`, {
    hint: 'Correct it there; nothing was written.',
    problems: [{ pointer: '', message, file, ...(line !== undefined && { line }) }],
  });
