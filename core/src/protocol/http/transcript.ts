// What a stream has said so far: turns payloads into log text as they come, and into one result at the end.
import type { DriverResult } from '../../provider/index.js';
import type { HttpLimits } from './limits.js';
import type { Payload } from './payload.js';

/** Characters of one log event: at most three bytes each, so under the 64 KiB that an event may hold. */
const LOG_CHARACTERS = 16 * 1024;

export class Transcript {
  #text = '';
  #truncated = false;
  #atLineStart = true;
  #result: { value: unknown } | undefined;
  #error: string | undefined;

  constructor(private readonly limits: Pick<HttpLimits, 'resultCharacters'>) {}

  /** Takes the next payload in; returns the text to log. Records stand on lines of their own, pieces run on. */
  add({ text, form, result, error }: Payload): string {
    const logged = form === 'piece' ? text : `${this.#atLineStart ? '' : '\n'}${text}\n`;
    if (logged !== '') this.#atLineStart = logged.endsWith('\n');
    this.#keep(logged);
    this.#result = result ?? this.#result;
    // Agents may report an error and go on: only the last word counts.
    this.#error = error;
    return logged;
  }

  /** What the last payload says went wrong. */
  get error(): string | undefined {
    return this.#error;
  }

  /** The last explicit result, else all text; undefined when nothing was said. */
  get result(): DriverResult | undefined {
    if (this.#result !== undefined) {
      const { value } = this.#result;
      return typeof value === 'string' ? { text: value } : { json: value };
    }
    if (this.#text === '') return undefined;
    const marker = `\n[cut after ${this.limits.resultCharacters} characters; the whole text is in the task's log]`;
    return { text: this.#truncated ? this.#text + marker : this.#text };
  }

  #keep(text: string): void {
    const room = this.limits.resultCharacters - this.#text.length;
    if (text.length > room) this.#truncated = true;
    if (room > 0) this.#text += text.slice(0, cutAt(text, room));
  }
}

/** Text in parts that each fit into one log event, never cutting a character in two. */
export function* logParts(text: string): Generator<string> {
  for (let rest = text; rest !== '';) {
    const end = cutAt(rest, LOG_CHARACTERS);
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
}

function cutAt(text: string, end: number): number {
  if (text.length <= end) return text.length;
  const last = text.charCodeAt(end - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return splitsPair && end > 1 ? end - 1 : end;
}
