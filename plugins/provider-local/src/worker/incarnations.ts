// The workers of one attempt, one after another: each has a directory of its own in the attempt's, in which its shim keeps its
// records, and all share the runs. The next begins only when nothing of the one before runs any more.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readClaim } from '../attempt/claim.js';
import { attemptPathsIn, type AttemptPaths } from '../attempt/paths.js';
import { hasCode } from '../attempt/system-error.js';

export interface Incarnation {
  readonly number: number;
  /** Of its shim. */
  readonly paths: AttemptPaths;
  /** Holds the port once the worker listens. */
  readonly portFile: string;
  /** Holds the bearer token that it demands: one of its own, for its port may be another program's once it is gone. */
  readonly tokenFile: string;
}

const PREFIX = 'worker-';
const PRIVATE = 0o700;

/** Runs, events and artifacts, which all workers of the attempt share. */
export const dataDirectoryOf = ({ root }: AttemptPaths): string => join(root, 'runs');

/** Oldest first; empty where the attempt has none. */
export function incarnationsOf(paths: AttemptPaths): Incarnation[] {
  const numbers = namesIn(paths.root).flatMap((name) => {
    const number = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : NaN;
    return Number.isInteger(number) && number > 0 ? [number] : [];
  });
  return numbers.sort((a, b) => a - b).map((number) => incarnation(paths, number));
}

/**
 * Makes the directory of the next one. Undefined when the attempt was cancelled: that is looked for afterwards, so that
 * either the cancel finds the directory or this finds the cancel.
 */
export function makeIncarnation(paths: AttemptPaths, number: number): Incarnation | undefined {
  const made = incarnation(paths, number);
  try {
    mkdirSync(made.paths.root, { mode: PRIVATE });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  return readClaim(paths.root).claim === undefined ? made : undefined;
}

function incarnation({ root, name }: AttemptPaths, number: number): Incarnation {
  const paths = attemptPathsIn(join(root, `${PREFIX}${number}`), name);
  return { number, paths, portFile: join(paths.root, 'port'), tokenFile: join(paths.root, 'token') };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
