// Finds the files that the work left behind and was asked for. Never follows a link out of the working directory.
import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { exists, inside } from '@agent-dispatch/worker';

/** More files than this are not collected; a pattern that matches a whole tree is mostly a mistake. */
const MOST = 1_000;

export interface FoundArtifacts {
  readonly files: readonly { readonly name: string; readonly file: string }[];
  /** What was asked for and is not among them, in words. */
  readonly notes: readonly string[];
}

/** @param directory the real path of the working directory. */
export async function findArtifacts(patterns: readonly string[], directory: string): Promise<FoundArtifacts> {
  const files = new Map<string, string>();
  const notes: string[] = [];
  for (const pattern of patterns) {
    const names = await namesFor(pattern, directory);
    if (names.length === 0) notes.push(`No file matches the artifact ${pattern}.`);
    for (const name of names) {
      const file = await plainFile(name, directory);
      if (file === undefined) notes.push(`${name} is no file of the working directory and was not collected.`);
      else files.set(name, file);
    }
  }
  if (files.size > MOST) notes.push(`${files.size} files match; only the first ${MOST} were collected.`);
  return { files: [...files].slice(0, MOST).map(([name, file]) => ({ name, file })), notes };
}

/** A name that exists is taken as it stands, so that brackets in file names need no quoting; a directory means all in it. */
async function namesFor(pattern: string, directory: string): Promise<string[]> {
  const { escapePath, glob } = await import('tinyglobby');
  const path = await inside(directory, pattern);
  const literal = path !== undefined && (await exists(path));
  if (literal && (await stat(path)).isFile()) return [pattern.replace(/^(\.\/)+/, '')];
  const names = await glob(literal ? escapePath(relative(directory, path)) || '.' : pattern, {
    cwd: directory,
    dot: true,
    followSymbolicLinks: false,
  });
  return names.sort();
}

async function plainFile(name: string, directory: string): Promise<string | undefined> {
  const file = await inside(directory, name);
  if (file === undefined || !(await exists(file))) return undefined;
  return (await stat(file)).isFile() ? file : undefined;
}
