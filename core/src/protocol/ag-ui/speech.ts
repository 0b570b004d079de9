// The agent's text messages: to the log as they come, and the last one kept as the task's result.
import type { Message } from '@ag-ui/core';
import { DispatchError } from '../../errors/index.js';
import type { DriverResult } from '../../provider/index.js';
import { Transcript } from '../http/transcript.js';
import type { AgUiLimits } from './limits.js';
import { type AgUiEventOf, malformed } from './wire-event.js';

type Limits = Pick<AgUiLimits, 'resultCharacters' | 'openItems' | 'knownMessages'>;

/** A message that is being said. */
interface Saying {
  readonly id: string;
  readonly transcript: Transcript;
  /** The agent says it itself: neither a subagent does, nor does it repeat what it was told. */
  readonly isItsOwn: boolean;
}

export class Speech {
  readonly #open = new Map<string, Saying>();
  /** Messages that were said here: a snapshot that repeats them says nothing new. */
  readonly #known = new Set<string>();
  #last: Transcript | undefined;
  #logged: Saying | undefined;
  #atLineStart = true;
  /** The first half of a character whose second half comes with the next piece. */
  #half = '';

  constructor(private readonly limits: Limits) {}

  start({ messageId, role, subagentRunId }: AgUiEventOf<'TEXT_MESSAGE_START'>): void {
    this.#begin(messageId, role, subagentRunId);
  }

  /** Returns the text to log. Errors: AD_PROTOCOL_RESPONSE when the message was not begun. */
  content({ messageId, delta }: AgUiEventOf<'TEXT_MESSAGE_CONTENT'>): string {
    const saying = this.#open.get(messageId);
    if (saying === undefined) throw malformed('text of a message that it has not begun');
    return this.#say(saying, delta);
  }

  end({ messageId }: AgUiEventOf<'TEXT_MESSAGE_END'>): void {
    this.#open.delete(messageId);
  }

  /** The whole conversation, retold: what the agent said after the last word to it, and did not stream, is said now. */
  retold(messages: readonly Message[]): string {
    const asked = messages.findLastIndex(({ role }) => role === 'user');
    let text = '';
    for (const message of messages.slice(asked + 1)) {
      if (message.role !== 'assistant' || this.#known.has(message.id)) continue;
      const saying = this.#begin(message.id, message.role, message.subagentRunId);
      this.#open.delete(message.id);
      if (typeof message.content === 'string') text += this.#say(saying, message.content);
    }
    return text;
  }

  /** The last message of its own in which the agent said anything. */
  get result(): DriverResult | undefined {
    return this.#last?.result;
  }

  /** A run is over, and with it what was open in it. */
  close(): void {
    this.#open.clear();
  }

  #begin(id: string, role = 'assistant', subagentRunId?: string): Saying {
    const { openItems, resultCharacters, knownMessages } = this.limits;
    if (this.#open.size >= openItems) {
      throw new DispatchError('AD_PROTOCOL_TOO_LARGE', `The agent says more than ${openItems} messages at once.`);
    }
    // Those that are open at once share what may be held.
    const limits = { resultCharacters: Math.ceil(resultCharacters / (this.#open.size + 1)) };
    const isItsOwn = role === 'assistant' && subagentRunId === undefined;
    const saying = { id, transcript: new Transcript(limits), isItsOwn };
    this.#open.set(id, saying);
    if (this.#known.size < knownMessages) this.#known.add(id);
    return saying;
  }

  #say(saying: Saying, delta: string): string {
    if (delta === '') return '';
    const turn = saying === this.#logged ? '' : this.#turnTo(saying);
    const text = this.#half + delta;
    const end = endsInHalf(text) ? text.length - 1 : text.length;
    this.#half = text.slice(end);
    const said = text.slice(0, end);
    if (said === '') return turn;
    saying.transcript.add({ text: said, form: 'piece' });
    if (saying.isItsOwn) this.#last = saying.transcript;
    this.#atLineStart = said.endsWith('\n');
    return turn + said;
  }

  /** Each message begins a line of the log. */
  #turnTo(saying: Saying): string {
    const rest = this.#half;
    this.#half = '';
    this.#logged = saying;
    const turn = this.#atLineStart ? rest : `${rest}\n`;
    this.#atLineStart = true;
    return turn;
  }
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
