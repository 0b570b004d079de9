// Directories that are the user's alone: the state directory and those of sockets. Whoever else may write there could
// hand us tasks to run, or stand in for the dispatcher and be told our credentials.
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, type Stats } from 'node:fs';
import { codeOf } from '../config/thrown.js';
import { DispatchError } from '../errors/index.js';
import { asStoreError } from './store-errors.js';

const PRIVATE = 0o700;
const OTHERS = 0o077;

/** The current user. Undefined on Windows, where the user's own folders are closed to others by inheritance. */
const currentUser = (): number | undefined => process.getuid?.();

/**
 * Makes the directory, parents included, where it is missing; one that is there and empty is closed to others.
 * Errors: AD_STORE_NOT_PRIVATE, AD_STORE_UNAVAILABLE.
 */
export function makePrivateDirectory(path: string, user = currentUser()): void {
  make(path);
  const found = statSync(path);
  if (objection(found, user) === 'others may enter it' && readdirSync(path).length === 0) chmodSync(path, PRIVATE);
  else refuseUnlessPrivate(path, found, user);
}

/** Nothing is wrong with a directory that is not there. Errors: AD_STORE_NOT_PRIVATE. */
export function assertPrivateDirectory(path: string, user = currentUser()): void {
  const found = statSync(path, { throwIfNoEntry: false });
  // An empty one says nothing, and is closed by whoever fills it.
  if (found?.isDirectory() && readdirSync(path).length > 0) refuseUnlessPrivate(path, found, user);
}

/**
 * For a name that others can take before us, as in /tmp: a link is not followed.
 * Errors: AD_STORE_NOT_PRIVATE, AD_STORE_UNAVAILABLE.
 */
export function makePrivateDirectoryInPublic(path: string, user = currentUser()): void {
  make(path);
  refuseUnlessPrivate(path, lstatSync(path), user);
}

function make(path: string): void {
  try {
    try {
      mkdirSync(path, { recursive: true, mode: PRIVATE });
    } catch (error) {
      // So Node says with parents to be made, also when the disk is read-only; without them it tells the reason.
      if (codeOf(error) !== 'ENOENT') throw error;
      mkdirSync(path, { mode: PRIVATE });
    }
  } catch (error) {
    throw asStoreError(`making ${path}`, error, false);
  }
}

function refuseUnlessPrivate(path: string, found: Stats, user: number | undefined): void {
  const why = objection(found, user);
  if (why === undefined) return;
  throw new DispatchError('AD_STORE_NOT_PRIVATE', `The directory ${path} cannot be trusted: ${why}.`);
}

function objection(found: Stats, user: number | undefined): string | undefined {
  if (!found.isDirectory()) return 'it is no directory';
  if (user === undefined) return undefined;
  if (found.uid !== user) return 'it belongs to another user';
  return (found.mode & OTHERS) === 0 ? undefined : 'others may enter it';
}
