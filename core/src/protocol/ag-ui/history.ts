// The conversation so far, as the events of the runs make it. The protocol keeps it on our side: a run that goes on is told it
// again. It is held in memory alone: what an agent says is not for a handle.
import type { Message, ToolCall } from '@ag-ui/core';
import type { WholeEvent } from './chunks.js';
import type { AgUiLimits } from './limits.js';
import type { AgUiEventOf } from './wire-event.js';

/** What a message costs beside its text, in characters. */
const OVERHEAD = 100;

export class History {
  #messages: Message[] = [];
  readonly #spoken = new Map<string, Message>();
  readonly #calls = new Map<string, ToolCall>();
  #characters = 0;
  #isLost = false;

  constructor(private readonly limits: Pick<AgUiLimits, 'historyCharacters'>) {}

  /** After what it began with. Nothing where it became too long: then the agent has to know it. */
  after(first: Message): Message[] {
    return this.#messages.some(({ id }) => id === first.id) ? [...this.#messages] : [first, ...this.#messages];
  }

  /** Whether it became too long to be kept. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** @param characters of the event. */
  take(event: WholeEvent, characters: number): void {
    switch (event.type) {
      case 'TEXT_MESSAGE_START':
        return this.#begin(event);
      case 'TEXT_MESSAGE_CONTENT':
        return this.#say(event);
      case 'TOOL_CALL_START':
        return this.#call(event);
      case 'TOOL_CALL_ARGS':
        return this.#callWith(event);
      case 'TOOL_CALL_RESULT':
        return this.#answer(event, characters);
      case 'MESSAGES_SNAPSHOT':
        return this.#replace(event.messages, characters);
      default:
        return;
    }
  }

  #begin({ messageId, role = 'assistant', subagentRunId, name }: AgUiEventOf<'TEXT_MESSAGE_START'>): void {
    if (this.#spoken.has(messageId) || !this.#hasRoom(OVERHEAD)) return;
    const more = { ...(subagentRunId !== undefined && { subagentRunId }), ...(name !== undefined && { name }) };
    this.#add({ id: messageId, role, content: '', ...more });
  }

  #say({ messageId, delta }: AgUiEventOf<'TEXT_MESSAGE_CONTENT'>): void {
    const message = this.#spoken.get(messageId);
    if (!message || !this.#hasRoom(delta.length)) return;
    message.content = `${typeof message.content === 'string' ? message.content : ''}${delta}`;
  }

  #call({ toolCallId, toolCallName, parentMessageId, subagentRunId }: AgUiEventOf<'TOOL_CALL_START'>): void {
    if (this.#calls.has(toolCallId) || !this.#hasRoom(OVERHEAD + toolCallName.length)) return;
    const call: ToolCall = { id: toolCallId, type: 'function', function: { name: toolCallName, arguments: '' } };
    this.#calls.set(toolCallId, call);
    const parent = this.#spoken.get(parentMessageId ?? '');
    if (parent?.role === 'assistant') {
      parent.toolCalls = [...(parent.toolCalls ?? []), call];
      return;
    }
    const id = parent === undefined ? (parentMessageId ?? toolCallId) : toolCallId;
    this.#add({ id, role: 'assistant', toolCalls: [call], ...(subagentRunId !== undefined && { subagentRunId }) });
  }

  #callWith({ toolCallId, delta }: AgUiEventOf<'TOOL_CALL_ARGS'>): void {
    const call = this.#calls.get(toolCallId);
    if (call && this.#hasRoom(delta.length)) call.function.arguments += delta;
  }

  #answer({ messageId, toolCallId, content }: AgUiEventOf<'TOOL_CALL_RESULT'>, characters: number): void {
    if (this.#hasRoom(characters)) this.#messages.push({ id: messageId, role: 'tool', toolCallId, content });
  }

  #replace(messages: readonly Message[], characters: number): void {
    this.#clear();
    this.#isLost = false;
    if (!this.#hasRoom(characters)) return;
    // Activities are for those who watch, and never go back.
    for (const message of messages) if (message.role !== 'activity') this.#add(message);
  }

  #add(message: Message): void {
    this.#messages.push(message);
    this.#spoken.set(message.id, message);
  }

  #hasRoom(characters: number): boolean {
    this.#characters += characters;
    if (this.#isLost || this.#characters <= this.limits.historyCharacters) return !this.#isLost;
    this.#clear();
    this.#isLost = true;
    return false;
  }

  #clear(): void {
    this.#messages = [];
    this.#spoken.clear();
    this.#calls.clear();
    this.#characters = 0;
  }
}
