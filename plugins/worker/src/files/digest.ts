// SHA-256 in hexadecimal digits.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export const digest = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
