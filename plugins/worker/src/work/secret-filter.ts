// Keeps the values of secrets out of what an agent prints, also where they come in pieces.
import { StringDecoder } from 'node:string_decoder';

/** Shorter values would be found in the middle of words. */
const SHORTEST = 6;

export class SecretFilter {
  /** What to look for, the longest first, and what is written instead. */
  readonly #values: readonly (readonly [value: string, instead: string])[];

  constructor(secrets: Readonly<Record<string, string>> = {}) {
    const values = Object.entries(secrets).flatMap(([name, value]) =>
      [value, JSON.stringify(value).slice(1, -1)].map((form) => [form, `[secret ${name}]`] as const),
    );
    this.#values = values.filter(([value]) => value.length >= SHORTEST).sort(([a], [b]) => b.length - a.length);
  }

  replace(text: string): string {
    return this.#values.reduce((rest, [value, instead]) => rest.replaceAll(value, instead), text);
  }

  /** How many characters at the end may be the beginning of a value. */
  heldBack(text: string): number {
    return Math.max(0, ...this.#values.map(([value]) => overlap(text, value)));
  }
}

/** Length of the longest end of `text` that `value` begins with, short of all of it. */
function overlap(text: string, value: string): number {
  for (let length = Math.min(text.length, value.length - 1); length > 0; length -= 1) {
    if (value.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}

/** One stream of bytes as text: in whole characters, without secrets. */
export class OutputText {
  readonly #filter: SecretFilter;
  readonly #decoder = new StringDecoder('utf8');
  #held = '';

  constructor(filter: SecretFilter) {
    this.#filter = filter;
  }

  add(bytes: Buffer): string {
    const text = this.#filter.replace(this.#held + this.#decoder.write(bytes));
    const given = text.length - this.#filter.heldBack(text);
    this.#held = text.slice(given);
    return text.slice(0, given);
  }

  end(): string {
    return this.#filter.replace(this.#held + this.#decoder.end());
  }
}
