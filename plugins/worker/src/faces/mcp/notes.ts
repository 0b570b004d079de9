// What is kept in mind of a run's events until it ends or asks: never the output itself.
import type { InputRequest } from '@agent-dispatch/schemas';
import type { Run, RunEvent } from '../../runs/run.js';

export class Notes {
  /** Name → bytes. */
  readonly files = new Map<string, number>();
  readonly #open = new Map<string, InputRequest>();
  ended: RunEvent | undefined;

  /** Of the events that are there already. */
  static async of(run: Run): Promise<Notes> {
    const notes = new Notes();
    const upTo = run.lastSeq;
    if (upTo === 0) return notes;
    for await (const event of run.events(0, new AbortController().signal)) {
      notes.take(event);
      if (event.seq >= upTo) break;
    }
    return notes;
  }

  take(event: RunEvent): void {
    const { type, request, requestId, artifact } = event;
    if (artifact) this.files.set(artifact.name, artifact.size);
    if (request) this.#open.set(request.requestId, request);
    if (type === 'input_received' && requestId !== undefined) this.#open.delete(requestId);
    if (type === 'ended') this.ended = event;
  }

  /** The latest that was not answered. */
  get question(): InputRequest | undefined {
    return [...this.#open.values()].at(-1);
  }
}
