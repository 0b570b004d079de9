// What the parts of this folder give each other: files that were found and not read yet, and the refusals they share.
import type { Problem } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';

/** One file of a task's inputs, wherever it comes from. */
export interface FoundFile {
  /** Where it is placed, with forward slashes. */
  path: string;
  /** JSON pointer of the input that it belongs to, in the caller's arguments. */
  at: string;
  /** Bytes; undefined where only reading tells. */
  size?: number;
  executable?: boolean;
  /** What the caller expects. */
  sha256?: string;
  /** Once, and of one source one at a time. Errors: coded. */
  read(): AsyncIterable<Uint8Array>;
}

/** Errors: AD_INPUT_INVALID, unless there is no problem. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const told = problems.slice(0, 3).map(({ pointer, message }) => `${pointer} ${message}`);
  const more = problems.length > 3 ? ` (and ${String(problems.length - 3)} more)` : '';
  throw new DispatchError('AD_INPUT_INVALID', `The inputs cannot be taken: ${told.join('; ')}${more}.`, {
    problems: problems.slice(0, MOST_PROBLEMS),
  });
}

/** An answer must stay readable. */
const MOST_PROBLEMS = 50;

export const unusable = (pointer: string, message: string): DispatchError =>
  new DispatchError('AD_INPUT_INVALID', `The inputs cannot be taken: ${pointer} ${message}.`, {
    problems: [{ pointer, message }],
  });

export const unreachable = (pointer: string, message: string, cause?: unknown): DispatchError =>
  new DispatchError('AD_INPUT_UNREACHABLE', `The inputs cannot be fetched: ${pointer} ${message}.`, {
    problems: [{ pointer, message }],
    cause,
  });
