// Finds the files that an agent leaves behind and was asked for. Never follows a link out of the agent's directory.
import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { exists, inside } from './inside.js';

export interface FoundFile {
  readonly name: string;
  /** Real path. */
  readonly file: string;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** What was asked for and is not among them, in words. */
  readonly notes: readonly string[];
}

/** @param directory the real path of the agent's directory. */
export async function findArtifacts(pattern: string, directory: string): Promise<FoundFiles> {
  const files: FoundFile[] = [];
  const notes: string[] = [];
  const names = await namesFor(pattern, directory);
  if (names.length === 0) notes.push(`No file matches the artifact ${pattern}.`);
  for (const name of names) {
    const file = await plainFile(name, directory);
    if (file === undefined) notes.push(`${name} is no file of the working directory and was not collected.`);
    else files.push({ name, file });
  }
  return { files, notes };
}

/** The real path; undefined for what is no file, or lies outside. */
export async function plainFile(name: string, directory: string): Promise<string | undefined> {
  const file = await inside(directory, name);
  if (file === undefined || !(await exists(file))) return undefined;
  return (await stat(file)).isFile() ? file : undefined;
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
