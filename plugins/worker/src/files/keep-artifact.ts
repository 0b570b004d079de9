// Keeps a copy of a file that an agent leaves behind, by its digest.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '@agent-dispatch/schemas';
import { PRIVATE } from '../runs/run-files.js';
import { mediaTypeOf } from './media-type.js';

/** Copies the file to `<kept>/<sha256>`. @param most bytes; of a larger file nothing is kept, and it is an error. */
export async function keepArtifact(
  name: string,
  file: string,
  kept: string,
  most = Number.POSITIVE_INFINITY,
): Promise<Artifact> {
  await mkdir(kept, { recursive: true, mode: PRIVATE });
  const draft = join(kept, `.${createHash('sha256').update(name).digest('hex')}.part`);
  const target = await open(draft, 'w', 0o600);
  try {
    const { size, sha256 } = await copy(file, target, most);
    await rename(draft, join(kept, sha256));
    return { name, mediaType: mediaTypeOf(name), size, sha256 };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await target.close();
  }
}

async function copy(file: string, target: FileHandle, most: number): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(piece);
    size += piece.length;
    if (size > most) throw new Error(`it has more than the ${most} bytes that may still be kept of this run`);
    await target.appendFile(piece);
  }
  return { size, sha256: hash.digest('hex') };
}
