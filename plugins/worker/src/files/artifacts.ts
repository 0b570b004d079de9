// Finds the files that an agent leaves behind and was asked for, and keeps a copy of each by its digest. Never follows a link
// out of the agent's directory.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Artifact } from '@agent-dispatch/schemas';
import { PRIVATE } from '../runs/run-files.js';
import { exists, inside } from './inside.js';
import { mediaTypeOf } from './media-type.js';

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

/** Copies the file to `<kept>/<sha256>`. */
export async function keepArtifact(name: string, file: string, kept: string): Promise<Artifact> {
  await mkdir(kept, { recursive: true, mode: PRIVATE });
  const draft = join(kept, `.${createHash('sha256').update(name).digest('hex')}.part`);
  const target = await open(draft, 'w', 0o600);
  try {
    const { size, sha256 } = await copy(file, target);
    await rename(draft, join(kept, sha256));
    return { name, mediaType: mediaTypeOf(name), size, sha256 };
  } finally {
    await target.close();
  }
}

async function copy(file: string, target: FileHandle): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(piece);
    size += piece.length;
    await target.appendFile(piece);
  }
  return { size, sha256: hash.digest('hex') };
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
