// The questions that an agent has open, within what a dispatcher keeps of one task.
import type { InputRequest } from '@agent-dispatch/schemas';

/** One question as JSON, and all that are open together. */
const LONGEST = 16_000;
const ALL_BYTES = 64_000;
const LONGEST_ID = 256;

const bytesOf = (request: InputRequest): number => Buffer.byteLength(JSON.stringify(request));

export class Questions {
  readonly #open = new Map<string, number>();

  get size(): number {
    return this.#open.size;
  }

  has(requestId: string): boolean {
    return this.#open.has(requestId);
  }

  /** The question as it may be asked: one that is too long loses its schema and its end. Undefined when it cannot be asked. */
  fit(request: InputRequest): InputRequest | undefined {
    const { requestId, question } = request;
    const cut = { requestId, question: `${question.slice(0, 4_000)} …` };
    const fitting = [request, cut].find((candidate) => bytesOf(candidate) <= LONGEST);
    if (requestId.length > LONGEST_ID || !fitting) return undefined;
    const others = [...this.#open].reduce((sum, [id, bytes]) => (id === requestId ? sum : sum + bytes), 0);
    return others + bytesOf(fitting) <= ALL_BYTES ? fitting : undefined;
  }

  /** Asked again under the same id, it takes the place of the former. */
  add(request: InputRequest): void {
    this.#open.set(request.requestId, bytesOf(request));
  }

  /** Returns whether it was open. */
  close(requestId: string): boolean {
    return this.#open.delete(requestId);
  }
}
