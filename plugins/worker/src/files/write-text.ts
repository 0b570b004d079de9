// Writes text into a file without making a buffer of it that waits for the garbage collection: a flood would fill the memory.
import type { FileHandle } from 'node:fs/promises';

/** @param offset in bytes. Returns the bytes written. */
export async function writeText(file: FileHandle, text: string, offset: number): Promise<number> {
  const length = Buffer.byteLength(text);
  let { bytesWritten: done } = await file.write(text, offset, 'utf8');
  while (done < length) done += (await file.write(Buffer.from(text), done, length - done, offset + done)).bytesWritten;
  return length;
}
