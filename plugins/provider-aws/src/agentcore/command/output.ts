// What a command writes, as it becomes log events: its two streams apart, whole characters, parts of a bearable size.

/** Characters of one log event: at most three bytes each, so under the 64 KiB that an event may hold. */
const LOG_CHARACTERS = 16 * 1024;
/** Characters kept as the command's result. What follows is in the log alone, and the result says so. */
const RESULT_CHARACTERS = 1024 * 1024;

/** One stream. A pair of UTF-16 units that two events cut apart is put together again. */
export class OutputStream {
  #half = '';

  *take(text: string): Generator<string> {
    const whole = this.#half + text;
    const end = splitsPair(whole, whole.length) ? whole.length - 1 : whole.length;
    this.#half = whole.slice(end);
    yield* parts(whole.slice(0, end));
  }

  /** A half that stays alone is given as it is. */
  *rest(): Generator<string> {
    if (this.#half !== '') yield this.#half;
    this.#half = '';
  }
}

/** The beginning of what was written to standard output. */
export class Kept {
  #text = '';
  #isCut = false;

  add(text: string): void {
    const room = RESULT_CHARACTERS - this.#text.length;
    this.#isCut ||= text.length > room;
    if (room > 0) this.#text += text.slice(0, cutAt(text, room));
  }

  get text(): string {
    if (!this.#isCut) return this.#text;
    return `${this.#text}\n[cut after ${RESULT_CHARACTERS} characters; the whole text is in the task's log]`;
  }
}

function* parts(text: string): Generator<string> {
  for (let rest = text; rest !== '';) {
    const end = cutAt(rest, LOG_CHARACTERS);
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
}

function cutAt(text: string, end: number): number {
  if (text.length <= end) return text.length;
  return splitsPair(text, end) && end > 1 ? end - 1 : end;
}

function splitsPair(text: string, end: number): boolean {
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
