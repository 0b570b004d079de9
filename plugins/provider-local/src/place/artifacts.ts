// Finds the files that the work left behind and was asked for, each once. Never follows a link out of the working directory.
import { findArtifacts as matching, type FoundFiles } from '@agent-dispatch/worker';

/** More files than this are not collected; a pattern that matches a whole tree is mostly a mistake. */
const MOST = 1_000;

/** @param directory the real path of the working directory. */
export async function findArtifacts(patterns: readonly string[], directory: string): Promise<FoundFiles> {
  const files = new Map<string, FoundFiles['files'][number]>();
  const notes: string[] = [];
  // One after the other: each may walk a whole tree.
  for (const pattern of patterns) {
    const found = await matching(pattern, directory);
    for (const file of found.files) files.set(file.name, file);
    notes.push(...found.notes);
  }
  if (files.size > MOST) notes.push(`${files.size} files match; only the first ${MOST} were collected.`);
  return { files: [...files.values()].slice(0, MOST), notes };
}
