// Finds the files that the work left behind and was asked for, each once. Never follows a link out of the working directory.
import { findArtifacts as matching, type FoundFiles } from '@agent-dispatch/worker';

/** More files than this are not collected; a pattern that matches a whole tree is mostly a mistake. */
const MOST = 1_000;

/** @param directory the real path of the working directory. */
export async function findArtifacts(patterns: readonly string[], directory: string): Promise<FoundFiles> {
  const all = await Promise.all(patterns.map((pattern) => matching(pattern, directory)));
  const files = [...new Map(all.flatMap(({ files: found }) => found).map((found) => [found.name, found])).values()];
  const notes = all.flatMap(({ notes: said }) => said);
  if (files.length > MOST) notes.push(`${files.length} files match; only the first ${MOST} were collected.`);
  return { files: files.slice(0, MOST), notes };
}
