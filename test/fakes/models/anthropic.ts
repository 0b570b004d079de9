// The Messages API as agents call it: a conversation in, a turn out as server-sent events.
import { randomUUID } from 'node:crypto';
import { placeOfInstruction, type Conversation, type Turn } from './script.js';

interface Block {
  readonly type: string;
  readonly text?: string;
}
interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}
export interface MessagesRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly unknown[];
}

const blocksOf = ({ content }: Message): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;
const textOf = (message: Message): string =>
  blocksOf(message)
    .flatMap(({ type, text }) => (type === 'text' ? [text ?? ''] : []))
    .join('\n');
const isResult = (message: Message): boolean => blocksOf(message).some(({ type }) => type === 'tool_result');

export function conversationOfMessages({ model, messages, tools = [] }: MessagesRequest): Conversation {
  const said = messages.map((message) => (message.role === 'user' && !isResult(message) ? textOf(message) : ''));
  const last = placeOfInstruction(said);
  const instruction = said[last] ?? '';
  const toolResults = messages.slice(last + 1).filter(isResult).length;
  return { model, instruction, toolResults, hasTools: tools.length > 0 };
}

/** The events of a turn, in order; those of one that hangs end in its middle. */
export function* messageEvents(turn: Turn, model: string): Generator<{ type: string }> {
  const usage = { input_tokens: 10, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const message = {
    id: `msg_${randomUUID()}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    usage,
  };
  yield { type: 'message_start', ...{ message: { ...message, stop_sequence: null } } };
  const text = turn.kind === 'hang' ? 'I begin' : turn.kind === 'fail' ? '' : turn.text;
  yield* block(0, { type: 'text', text: '' }, { type: 'text_delta', text });
  if (turn.kind === 'hang') return;
  if (turn.kind === 'call') {
    const use = { type: 'tool_use', id: `toolu_${randomUUID()}`, name: turn.tool, input: {} };
    yield* block(1, use, { type: 'input_json_delta', partial_json: turn.arguments });
  }
  const stop_reason = turn.kind === 'call' ? 'tool_use' : 'end_turn';
  yield { type: 'message_delta', ...{ delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } } };
  yield { type: 'message_stop' };
}

function* block(index: number, content_block: object, delta: object): Generator<{ type: string }> {
  yield { type: 'content_block_start', ...{ index, content_block } };
  yield { type: 'content_block_delta', ...{ index, delta } };
  yield { type: 'content_block_stop', ...{ index } };
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

export const messagesError = (status: number): object => ({
  type: 'error',
  error: { type: ERROR_TYPES[status] ?? 'api_error', message: `refused with ${status}` },
});
