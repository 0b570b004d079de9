// The value that the agent's task ends with, from what its artifacts and last message hold.
import type { DriverResult } from '../../provider/index.js';
import type { A2aLimits } from './limits.js';
import type { Content } from './parts.js';

type Readable = Pick<Content, 'text' | 'values' | 'hasText'>;

const NOTHING: Readable = { text: '', values: [], hasText: false };

/** Artifacts that are kept for the result. */
const MAX_ARTIFACTS = 1000;

/** What the artifacts hold so far, as far as it is kept. */
export class Outcome {
  readonly #artifacts = new Map<string, Readable>();
  #characters = 0;
  #truncated = false;

  constructor(private readonly limits: Pick<A2aLimits, 'resultCharacters'>) {}

  /** The artifact holds this and nothing else. */
  replace(id: string, content: Readable): void {
    this.#characters -= this.#artifacts.get(id)?.text.length ?? 0;
    this.#keep(id, NOTHING, content);
  }

  /** The artifact holds this beside what it holds already. */
  add(id: string, content: Readable): void {
    const former = this.#artifacts.get(id) ?? NOTHING;
    this.#characters -= former.text.length;
    this.#keep(id, former, content);
  }

  /** One value alone as JSON; all else as text. What the artifacts hold, and the last message where they hold nothing. */
  result(lastMessage: Readable | undefined): DriverResult | undefined {
    const held = [...this.#artifacts.values()].filter(({ text }) => text !== '');
    const readable = held.length > 0 ? held : [lastMessage].filter((each) => each !== undefined);
    const values = readable.flatMap(({ values }) => values);
    if (values.length === 1 && !readable.some(({ hasText }) => hasText)) return { json: values[0] };
    const text = readable.reduce((all, { text }) => joined(all, text), '');
    if (text === '') return undefined;
    const marker = `\n[cut after ${this.limits.resultCharacters} characters; the whole text is in the task's log]`;
    return { text: this.#truncated ? text + marker : text };
  }

  #keep(id: string, former: Readable, added: Readable): void {
    const room = Math.max(0, this.limits.resultCharacters - this.#characters - former.text.length);
    const isCut = added.text.length > room;
    this.#truncated ||= isCut;
    if (!this.#artifacts.has(id) && this.#artifacts.size >= MAX_ARTIFACTS) {
      this.#truncated = true;
      return;
    }
    const text = former.text + (isCut ? added.text.slice(0, room) : added.text);
    this.#artifacts.set(id, {
      text,
      // Only whether there is exactly one matters, and none does where its text was cut.
      values: isCut ? former.values : [...former.values, ...added.values].slice(0, 2),
      hasText: former.hasText || added.hasText || isCut,
    });
    this.#characters += text.length;
  }
}

const joined = (former: string, text: string): string =>
  former === '' || former.endsWith('\n') ? former + text : `${former}\n${text}`;
