// A file of our worker's run on its way here: it comes in pieces, and is told when it is whole.
import { createHash } from 'node:crypto';
import type { TaskArtifactUpdateEvent } from '@a2a-js/sdk';
import type { Artifact } from '@agent-dispatch/schemas';
import type { DriverEvent } from '../../provider/index.js';
import { contentOf } from './parts.js';

export class WorkerFile {
  private pieces: Buffer[] = [];
  /** Bytes that came; those over the limit are not held. */
  private size = 0;

  constructor(private readonly maxBytes: number) {}

  /** Takes a piece in; returns what is told once it was the last. The first one begins the file anew. */
  add({ artifact, append, lastChunk }: TaskArtifactUpdateEvent, kept: Artifact): DriverEvent | undefined {
    if (!append) [this.pieces, this.size] = [[], 0];
    for (const { content } of contentOf(artifact?.parts ?? []).files) if ('bytes' in content) this.hold(content.bytes);
    return lastChunk ? this.told(kept) : undefined;
  }

  private hold(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size > this.maxBytes) this.pieces = [];
    else this.pieces.push(bytes);
  }

  private told({ name, mediaType, size, sha256 }: Artifact): DriverEvent {
    const bytes = Buffer.concat(this.pieces);
    this.pieces = [];
    if (bytes.length === size && createHash('sha256').update(bytes).digest('hex') === sha256) {
      const content = { base64: bytes.toString('base64') };
      return { type: 'artifact', artifact: { name, ...(mediaType !== undefined && { mediaType }), content } };
    }
    const why = size > this.maxBytes ? `over the limit of ${this.maxBytes},` : 'which did not come as they are,';
    return { type: 'log', stream: 'system', text: `The file ${name} has ${size} bytes, ${why} and was not kept.\n` };
  }
}
