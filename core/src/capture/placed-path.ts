// Where a file may be placed: inside the working directory, by whatever rules of a platform.
import path from 'node:path';
import type { Problem } from '@agent-dispatch/schemas';

/** Judged by the rules of every platform: the task may run on another one than this. */
export function checkInside(place: string, pointer: string): Problem[] {
  const leaves = place.split(/[\\/]/).includes('..') || path.posix.isAbsolute(place) || path.win32.isAbsolute(place);
  if (leaves || /^[A-Za-z]:/.test(place))
    return [{ pointer, message: 'must be a relative path that stays inside the working directory' }];
  return place.includes('\0') ? [{ pointer, message: 'must not hold a NUL character' }] : [];
}
