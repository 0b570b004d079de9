// How much one task may be given. Says what takes the most, so that the caller knows what to leave out.
import type { Problem } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { FoundFile } from './found-file.js';

export interface InputLimits {
  maxFiles: number;
  maxBytes: number;
}

export const DEFAULT_LIMITS: InputLimits = { maxFiles: 2000, maxBytes: 256 * 1024 * 1024 };

/** No configuration allows more. */
export const MOST_FILES = 100_000;

const HINT =
  'Leave out what the task does not need (a .gitignore beside it, or a smaller directory); an operator can raise limits.maxInputFiles and limits.maxInputBytes. Nothing was started.';

/** How many of the largest are told. */
const TOLD = 5;

interface Share {
  path: string;
  files: number;
  bytes: number;
}

/** Before anything is read. Errors: AD_INPUT_TOO_LARGE with `details.largest`. */
export function assertWithin(files: readonly FoundFile[], limits: InputLimits): void {
  const bytes = files.reduce((sum, { size = 0 }) => sum + size, 0);
  const has = { files: files.length, bytes };
  if (files.length > limits.maxFiles) {
    const largest = foldersOf(files).sort((a, b) => b.files - a.files);
    const told = largest.map(({ path, files: count }) => `${path} (${String(count)})`);
    const message = `The inputs have ${String(files.length)} files; the limit is ${String(limits.maxFiles)}`;
    throw tooLarge(message, told, { has, limits, largest, problems: problemsOf(files, 'makes them too many') });
  }
  if (bytes > limits.maxBytes) {
    const largest = files.map(({ path, size = 0 }) => ({ path, files: 1, bytes: size }));
    largest.sort((a, b) => b.bytes - a.bytes);
    const told = largest.map(({ path, bytes: size }) => `${path} (${String(size)})`);
    const message = `The inputs have ${String(bytes)} bytes; the limit is ${String(limits.maxBytes)}`;
    throw tooLarge(message, told, { has, limits, largest, problems: problemsOf(files, 'makes them too large') });
  }
}

/** Passes bytes on as long as all that were passed on together stay within the limit: what was found may have grown. */
export class ByteBudget {
  #bytes = 0;

  constructor(private readonly limits: InputLimits) {}

  /** Errors: AD_INPUT_TOO_LARGE. */
  async *through({ path, at, read }: Pick<FoundFile, 'path' | 'at' | 'read'>): AsyncIterable<Uint8Array> {
    for await (const chunk of read()) {
      this.#bytes += chunk.length;
      if (this.#bytes > this.limits.maxBytes) {
        const message = `The inputs have more than ${String(this.limits.maxBytes)} bytes, which is the limit`;
        const problems = [{ pointer: at, message: 'makes them too large' }];
        throw tooLarge(message, [path], { limits: this.limits, problems });
      }
      yield chunk;
    }
  }
}

/** Of what another machine would send. */
export function tooLargeToFetch(pointer: string, maxBytes: number): DispatchError {
  const message = `is larger than ${String(maxBytes)} bytes, which is the limit`;
  return new DispatchError('AD_INPUT_TOO_LARGE', `The inputs cannot be fetched: ${pointer} ${message}.`, {
    hint: HINT,
    problems: [{ pointer, message }],
  });
}

function tooLarge(
  message: string,
  told: readonly string[],
  {
    problems,
    largest,
    ...details
  }: {
    has?: { files: number; bytes: number };
    limits: InputLimits;
    largest?: readonly Share[];
    problems: Problem[];
  },
): DispatchError {
  return new DispatchError('AD_INPUT_TOO_LARGE', `${message}. The most: ${told.slice(0, TOLD).join(', ')}.`, {
    hint: HINT,
    problems,
    details: { ...details, ...(largest && { largest: largest.slice(0, TOLD) }) },
  });
}

/** The first two names of each path say where the many are. */
function foldersOf(files: readonly FoundFile[]): Share[] {
  const shares = new Map<string, Share>();
  for (const { path, size = 0 } of files) {
    const folder = path.split('/').slice(0, -1).slice(0, 2).join('/') || '.';
    const share = shares.get(folder) ?? { path: folder, files: 0, bytes: 0 };
    shares.set(folder, { path: folder, files: share.files + 1, bytes: share.bytes + size });
  }
  return [...shares.values()];
}

const problemsOf = (files: readonly FoundFile[], message: string): Problem[] =>
  [...new Set(files.map(({ at }) => at))].map((pointer) => ({ pointer, message }));
