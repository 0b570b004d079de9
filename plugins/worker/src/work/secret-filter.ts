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

  /** How much of the text may be given on: not the beginning of what may become a value, and no part of one without the rest. */
  safeLength(text: string): number {
    let end = text.length - Math.max(0, ...this.#values.map(([value]) => overlap(text, value)));
    for (let before = -1; before !== end;) {
      before = end;
      for (const [value] of this.#values) end = startOfTorn(text, value, end);
    }
    return end;
  }
}

/** Length of the longest end of `text` that `value` begins with, short of all of it. */
function overlap(text: string, value: string): number {
  for (let length = Math.min(text.length, value.length - 1); length > 0; length -= 1) {
    if (value.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}

/** Where the value begins that a cut at `end` would tear; else `end`. */
function startOfTorn(text: string, value: string, end: number): number {
  const start = text.indexOf(value, Math.max(0, end - value.length + 1));
  return start !== -1 && start < end ? start : end;
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
    const text = this.#held + this.#decoder.write(bytes);
    const length = this.#filter.safeLength(text);
    this.#held = text.slice(length);
    return this.#filter.replace(text.slice(0, length));
  }

  end(): string {
    return this.#filter.replace(this.#held + this.#decoder.end());
  }
}
