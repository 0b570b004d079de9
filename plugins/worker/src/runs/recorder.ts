// What an agent says, put into the run's events: in pieces that every protocol can carry, up to the run's limit. What comes
// after the limit is dropped, and one `gap` says so.
import type { InputRequest, WorkerEvent } from '@agent-dispatch/schemas';
import type { EventLog } from './event-log.js';

/** No UTF-16 unit takes more than 3 bytes of UTF-8, so a piece stays within 64 KiB. */
const LONGEST_PIECE = Math.floor(65_536 / 3);
/** Questions beyond the limit are still taken, so that an agent does not wait for an answer to what nobody saw. */
const QUESTIONS_BYTES = 1024 * 1024;

type Said = Extract<WorkerEvent['type'], 'log' | 'progress' | 'message'>;

export class Recorder {
  readonly #log: EventLog;
  #room: number;
  #hasGap = false;

  /** @param limit bytes of events. */
  constructor(log: EventLog, limit: number) {
    this.#log = log;
    this.#room = limit;
  }

  get isFull(): boolean {
    return this.#hasGap;
  }

  output(stream: NonNullable<WorkerEvent['stream']>, text: string): void {
    for (const piece of piecesOf(text)) this.say({ type: 'log', stream, text: piece });
  }

  /** What the worker itself has to say of the run. */
  note(text: string): void {
    this.#log.add({ type: 'log', stream: 'system', text: `${text}\n` });
  }

  message(text: string, raw?: unknown): void {
    const [first = '', ...rest] = piecesOf(text);
    this.say({ type: 'message', text: first, ...(raw !== undefined && { raw }) });
    for (const piece of rest) this.say({ type: 'message', text: piece });
  }

  say(event: WorkerEvent & { type: Said }): void {
    if (this.#hasGap) return;
    if (this.#room <= 0) return this.#close();
    this.#room -= this.#log.add(event);
  }

  /** Returns whether it was recorded. */
  ask(request: InputRequest): boolean {
    if (this.#room <= -QUESTIONS_BYTES) return false;
    this.#room -= this.#log.add({ type: 'input_required', request });
    return true;
  }

  room(): Promise<void> {
    return this.#log.room();
  }

  #close(): void {
    this.#hasGap = true;
    this.#log.add({ type: 'gap' });
    this.note('The output reached its limit; what comes after it is not kept.');
  }
}

/** Splits without tearing a character that takes two units. */
export function piecesOf(text: string, longest = LONGEST_PIECE): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + longest, text.length);
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
