// Finds a program as a shell would, so that "not found" is told in words before anything runs. Shared by check and shim.
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * @param program a name to look for in `path`, or a path relative to `directory`.
 * @returns an absolute path. Throws an Error with a message for people.
 */
export function findProgram(program: string, path: string | undefined, directory: string): string {
  if (program.includes('/')) {
    const file = resolve(directory, program);
    if (isExecutable(file)) return file;
    const place = isAbsolute(program) ? '' : ` in ${directory}, where the work runs`;
    throw new Error(`The program ${program} is not an executable file${place}.`);
  }
  const places = (path ?? DEFAULT_PATH).split(':').filter((place) => place.startsWith('/'));
  const found = places.map((place) => join(place, program)).find(isExecutable);
  if (found === undefined || program === '') throw new Error(`The program ${program || "''"} is not on the PATH.`);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Absent, or not for us to run: both mean that it cannot be started.
    return false;
  }
}
