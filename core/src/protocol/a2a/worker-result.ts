// The value that a run of our worker ended with: it comes before the end, as an artifact, in pieces where it is large.
import type { TaskArtifactUpdateEvent } from '@a2a-js/sdk';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import { DispatchError } from '../../errors/index.js';
import type { DriverResult } from '../../provider/index.js';
import { contentOf } from './parts.js';

export class WorkerResult {
  private text: string[] = [];
  private size = 0;
  private values: readonly unknown[] = [];
  private mediaType = '';

  /** @param maxBytes a longer one is not held. */
  constructor(private readonly maxBytes: number) {}

  /** Errors: AD_PROTOCOL_TOO_LARGE. */
  add({ artifact, append }: TaskArtifactUpdateEvent): void {
    const parts = artifact?.parts ?? [];
    const { text, values } = contentOf(parts);
    if (!append) [this.text, this.size] = [[], 0];
    this.size += Buffer.byteLength(text);
    if (this.size > this.maxBytes) {
      throw new DispatchError('AD_PROTOCOL_TOO_LARGE', `The worker's result is over ${this.maxBytes} bytes.`);
    }
    this.text.push(text);
    this.values = values;
    this.mediaType = parts[0]?.mediaType ?? '';
  }

  /** @param kind what the run's last event says of it. Errors: AD_PROTOCOL_RESPONSE. */
  of(kind: NonNullable<WorkerEvent['result']>): DriverResult {
    const text = this.text.join('');
    if ('json' in kind) return { json: this.values[0] ?? null };
    if (kind.artifact === undefined || this.mediaType !== 'application/json') return { text };
    try {
      return { json: JSON.parse(text) as unknown };
    } catch (cause) {
      throw new DispatchError('AD_PROTOCOL_RESPONSE', "The worker's result is not the JSON that it says.", { cause });
    }
  }
}
