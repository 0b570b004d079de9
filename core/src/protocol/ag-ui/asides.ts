// What the agent does beside speaking: thoughts, tool calls and their results. Each is told once, short, when it is whole, with
// the protocol's own form of it.
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { DriverEvent } from '../../provider/index.js';
import type { AgUiLimits } from './limits.js';
import { cappedRaw } from './raw.js';
import { type AgUiEventOf, malformed } from './wire-event.js';

type Limits = Pick<AgUiLimits, 'rawBytes' | 'asideCharacters' | 'openItems'>;
type MessageEvent = Extract<DriverEvent, { type: 'message' }>;

/** Text that grows in pieces; only its beginning is held. */
interface Growing {
  text: string;
}
interface Call extends Growing {
  readonly name: string;
}

export class Asides {
  readonly #thoughts = new Map<string, Growing>();
  readonly #calls = new Map<string, Call>();

  constructor(private readonly limits: Limits) {}

  think({ messageId }: AgUiEventOf<'REASONING_MESSAGE_START'>): void {
    this.#begin(this.#thoughts, messageId, { text: '' });
  }

  thinkOn({ messageId, delta }: AgUiEventOf<'REASONING_MESSAGE_CONTENT'>): void {
    this.#grow(this.#thoughts.get(messageId), delta, 'a thought');
  }

  *thought({ messageId }: Pick<AgUiEventOf<'REASONING_MESSAGE_END'>, 'messageId'>): Generator<MessageEvent, void> {
    const thought = this.#thoughts.get(messageId);
    if (thought === undefined || !this.#thoughts.delete(messageId) || thought.text === '') return;
    yield this.#told(thought.text, { id: messageId, role: 'reasoning', content: thought.text });
  }

  call({ toolCallId, toolCallName }: AgUiEventOf<'TOOL_CALL_START'>): void {
    this.#begin(this.#calls, toolCallId, { name: toolCallName.slice(0, this.limits.asideCharacters), text: '' });
  }

  callWith({ toolCallId, delta }: AgUiEventOf<'TOOL_CALL_ARGS'>): void {
    this.#grow(this.#calls.get(toolCallId), delta, 'a tool call');
  }

  *called({ toolCallId }: Pick<AgUiEventOf<'TOOL_CALL_END'>, 'toolCallId'>): Generator<MessageEvent, void> {
    const call = this.#calls.get(toolCallId);
    if (call === undefined) return;
    this.#calls.delete(toolCallId);
    const { name, text } = call;
    yield this.#told(`Calls ${name}(${text})`, {
      id: toolCallId,
      type: 'function',
      function: { name, arguments: text },
    });
  }

  *answered(event: AgUiEventOf<'TOOL_CALL_RESULT'>): Generator<MessageEvent, void> {
    // Producers that send no end of the call still send its result.
    yield* this.called(event);
    yield this.#told(`Tool result: ${textOf(event.content)}`, event);
  }

  /** A run is over: what was left open is told as it stands. */
  *close(): Generator<MessageEvent, void> {
    for (const messageId of this.#thoughts.keys()) yield* this.thought({ messageId });
    for (const toolCallId of this.#calls.keys()) yield* this.called({ toolCallId });
  }

  #begin<Item>(items: Map<string, Item>, id: string, item: Item): void {
    if (items.size >= this.limits.openItems) {
      const message = `The agent thinks or calls more than ${this.limits.openItems} times at once.`;
      throw new DispatchError('AD_PROTOCOL_TOO_LARGE', message);
    }
    items.set(id, item);
  }

  #grow(item: Growing | undefined, delta: string, what: string): void {
    if (item === undefined) throw malformed(`a piece of ${what} that it has not begun`);
    item.text += delta.slice(0, this.limits.rawBytes - item.text.length);
  }

  #told(text: string, raw: unknown): MessageEvent {
    const { asideCharacters, rawBytes } = this.limits;
    const short = text.length > asideCharacters ? `${text.slice(0, asideCharacters)}…` : text;
    return { type: 'message', text: short, raw: cappedRaw(raw, rawBytes) };
  }
}

/** The text among the parts of a message. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts: unknown[] = Array.isArray(content) ? content : [];
  return parts.map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}
