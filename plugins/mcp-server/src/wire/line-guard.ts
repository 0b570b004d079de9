// Stands between stdin and the protocol: passes whole lines on, and answers a line over the limit with a coded error
// instead of letting the SDK close the connection over it. Must not read what it passes on.
import { Transform, type TransformCallback } from 'node:stream';
import { DispatchError } from '@agent-dispatch/core/errors';

/** Bytes of one message, its line feed included: what the SDK can buffer. */
export const MAX_LINE_BYTES = 10 * 1024 * 1024;

const LINE_FEED = 0x0a;
/** Of many short messages, what is passed on before those behind them: the dispatcher begins with the first meanwhile. */
const PIECE_BYTES = 2048;
/** Bytes kept of the beginning and the end of a line that is dropped, to find the id of the request in them. */
const KEPT_BYTES = 1024;
/** JSON-RPC: invalid params. */
const INVALID_PARAMS = -32602;

export class LineGuard extends Transform {
  #pieces: Buffer[] = [];
  #size = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  /** @param answer writes one message to the client. */
  constructor(
    private readonly answer: (message: object) => void,
    private readonly limit = MAX_LINE_BYTES,
  ) {
    super();
  }

  override _transform(chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    const end = chunk.indexOf(LINE_FEED, PIECE_BYTES) + 1;
    if (end === 0 || end === chunk.length) {
      this.#pass(chunk);
      return done();
    }
    this.#pass(chunk.subarray(0, end));
    setImmediate(() => this._transform(chunk.subarray(end), encoding, done));
  }

  #pass(chunk: Buffer): void {
    let start = this.#passWhole(chunk);
    for (let end = chunk.indexOf(LINE_FEED, start); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#take(chunk.subarray(start, end + 1));
      this.#endLine();
      start = end + 1;
    }
    this.#take(chunk.subarray(start));
  }

  /** Lines that came whole and together go on together. Returns where the rest begins. */
  #passWhole(chunk: Buffer): number {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (this.#size > 0 || end === 0 || end > this.limit) return 0;
    this.push(chunk.subarray(0, end));
    return end;
  }

  #take(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    if (this.#head.length < KEPT_BYTES) this.#head = Buffer.concat([this.#head, piece]).subarray(0, KEPT_BYTES);
    this.#tail = Buffer.concat([this.#tail, piece.subarray(-KEPT_BYTES)]).subarray(-KEPT_BYTES);
    if (this.#size <= this.limit) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  #endLine(): void {
    if (this.#size <= this.limit) this.push(Buffer.concat(this.#pieces));
    else this.#refuse();
    this.#pieces = [];
    this.#size = 0;
    this.#head = Buffer.alloc(0);
    this.#tail = Buffer.alloc(0);
  }

  #refuse(): void {
    const id = requestId(this.#head.toString(), this.#tail.toString());
    if (id === undefined) return; // a notification, or a request that nobody could match the answer to
    const error = tooLarge(this.#size, this.limit);
    const message = `${error.code}: ${error.message} ${error.hint}`;
    this.answer({ jsonrpc: '2.0', id, error: { code: INVALID_PARAMS, message, data: error.toJSON() } });
  }
}

function tooLarge(bytes: number, limit: number): DispatchError {
  const message = `The message has ${String(bytes)} bytes; the limit is ${String(limit)}.`;
  return new DispatchError('AD_INPUT_TOO_LARGE', message, { details: { bytes, limit } });
}

/** The id stands before or after everything else, depending on the client's library; never inside a nested object. */
function requestId(head: string, tail: string): string | number | undefined {
  const id = String.raw`"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)`;
  const first = new RegExp(String.raw`^\s*\{[^{\[]*?${id}\s*[,}]`).exec(head)?.[1];
  const last = new RegExp(String.raw`${id}\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$`).exec(tail)?.[1];
  const found = first ?? last;
  return found === undefined ? undefined : (JSON.parse(found) as string | number);
}
