// Reads a response body as it arrives: as bytes, as whole characters under a cap, or up to an excerpt.
import { DispatchError } from '../../errors/index.js';

/** A response body that is left cancelled, never unread: an unread one holds its connection for good. */
export class AnswerBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #signal: AbortSignal;

  constructor(response: Response, signal: AbortSignal) {
    this.#reader = response.body?.getReader();
    this.#signal = signal;
    signal.addEventListener('abort', this.close, { once: true });
    if (signal.aborted) this.close();
  }

  /** To be read once. Ends early, without error, on close. Errors: whatever breaks the connection. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const read = await this.#reader?.read();
      if (read === undefined || read.done) return;
      yield read.value;
    }
  }

  /** The same as text, however the bytes cut its characters. Errors: AD_PROTOCOL_TOO_LARGE beyond `maxBytes`. */
  async *text(maxBytes: number): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let size = 0;
    for await (const chunk of this.bytes()) {
      size += chunk.byteLength;
      if (size > maxBytes) {
        throw new DispatchError('AD_PROTOCOL_TOO_LARGE', `The agent's answer is over ${maxBytes} bytes.`);
      }
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield text;
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  }

  /** Its beginning as one line of text. A connection that breaks only shortens it. */
  async excerpt(maxBytes: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of this.bytes()) {
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size >= maxBytes) break;
      }
    } catch {
      // The status alone tells that the agent failed; its text is a courtesy.
    }
    const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, maxBytes));
    return text.replace(/\s+/g, ' ').trim();
  }

  /** Cancels what is left. Safe to repeat. */
  readonly close = (): void => {
    this.#signal.removeEventListener('abort', this.close);
    // A body that is broken already has nothing left to cancel.
    void this.#reader?.cancel().catch(() => undefined);
  };
}
