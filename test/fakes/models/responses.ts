// The Responses API as agents call it: a conversation in, a turn out as server-sent events.
import { randomUUID } from 'node:crypto';
import { placeOfInstruction, type Conversation, type Turn } from './script.js';

interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: string | readonly { readonly type: string; readonly text?: string }[];
}
export interface ResponsesRequest {
  readonly model: string;
  readonly input: string | readonly Item[];
  readonly tools?: readonly unknown[];
}

const textOf = ({ content = '' }: Item): string =>
  typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('\n');
const isResult = ({ type = '' }: Item): boolean => type.endsWith('_call_output');

export function conversationOfResponses({ model, input, tools = [] }: ResponsesRequest): Conversation {
  const items: readonly Item[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const said = items.map((item) => (item.role === 'user' ? textOf(item) : ''));
  const last = placeOfInstruction(said);
  return {
    model,
    instruction: said[last] ?? '',
    toolResults: items.slice(last + 1).filter(isResult).length,
    hasTools: tools.length > 0,
  };
}

/** The events of a turn, in order; those of one that hangs end in its middle. */
export function* responseEvents(turn: Turn): Generator<{ type: string }> {
  const id = `resp_${randomUUID()}`;
  yield { type: 'response.created', ...{ response: { id, status: 'in_progress' } } };
  const text = turn.kind === 'hang' ? 'I begin' : turn.kind === 'fail' ? '' : turn.text;
  const message = {
    type: 'message',
    id: `msg_${id}`,
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
  yield { type: 'response.output_item.added', ...{ output_index: 0, item: { ...message, content: [] } } };
  yield {
    type: 'response.output_text.delta',
    ...{ output_index: 0, content_index: 0, item_id: message.id, delta: text },
  };
  if (turn.kind === 'hang') return;
  yield { type: 'response.output_item.done', ...{ output_index: 0, item: message } };
  if (turn.kind === 'call') {
    const { tool: name, arguments: args } = turn;
    const call = { type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, name, arguments: args };
    yield { type: 'response.output_item.done', ...{ output_index: 1, item: call } };
  }
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 15,
  };
  yield { type: 'response.completed', ...{ response: { id, status: 'completed', output: [], usage } } };
}

export const responsesError = (status: number): object => ({
  error: { message: `refused with ${status}`, type: 'invalid_request_error', code: null, param: null },
});
