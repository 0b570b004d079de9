import { expect, it } from '@jest/globals';
import type { Message } from '@ag-ui/core';
import type { WholeEvent } from './chunks.js';
import { History } from './history.js';
import { said } from './testdata/events.js';

const FIRST: Message = { id: 'task', role: 'user', content: 'Do it.' };
const call = (toolCallId: string, more: object = {}): WholeEvent => ({
  type: 'TOOL_CALL_START',
  toolCallId,
  toolCallName: 'search',
  ...more,
});
const args = (toolCallId: string, delta: string): WholeEvent => ({ type: 'TOOL_CALL_ARGS', toolCallId, delta });
const toolCall = (id: string, text: string): object => ({
  id,
  type: 'function',
  function: { name: 'search', arguments: text },
});

function after(events: readonly WholeEvent[], historyCharacters = 10_000): { messages: Message[]; isLost: boolean } {
  const history = new History({ historyCharacters });
  for (const event of events) history.take(event, JSON.stringify(event).length);
  return { messages: history.after(FIRST), isLost: history.isLost };
}

it('is the task where nothing was said', () => {
  expect(after([])).toEqual({ messages: [FIRST], isLost: false });
});

it('holds what was said, the calls of a message with it, and their results', () => {
  const events = [
    ...(said('a', 'Let me ', 'look.') as WholeEvent[]),
    call('c1', { parentMessageId: 'a' }),
    args('c1', '{"q":'),
    args('c1', '1}'),
    call('c2', { parentMessageId: 'a' }),
    { type: 'TOOL_CALL_RESULT', messageId: 'r1', toolCallId: 'c1', content: 'found' } as const,
  ];
  expect(after(events).messages).toEqual([
    FIRST,
    { id: 'a', role: 'assistant', content: 'Let me look.', toolCalls: [toolCall('c1', '{"q":1}'), toolCall('c2', '')] },
    { id: 'r1', role: 'tool', toolCallId: 'c1', content: 'found' },
  ]);
});

it('gives a call without a message one of its own, which text may join', () => {
  const events = [call('c1'), call('c2', { parentMessageId: 'b' }), ...(said('b', 'text') as WholeEvent[])];
  expect(after(events).messages.slice(1)).toEqual([
    { id: 'c1', role: 'assistant', toolCalls: [toolCall('c1', '')] },
    { id: 'b', role: 'assistant', toolCalls: [toolCall('c2', '')], content: 'text' },
  ]);
});

it('is what the agent retells, without its activities', () => {
  const messages: Message[] = [
    { id: 'old', role: 'user', content: 'Before.' },
    FIRST,
    { id: 'act', role: 'activity', activityType: 'x', content: {} },
    { id: 'a', role: 'assistant', content: 'so far' },
  ];
  const events = [...said('gone', 'x'), { type: 'MESSAGES_SNAPSHOT', messages }, ...said('b', 'more')] as WholeEvent[];
  expect(after(events).messages).toEqual([
    messages[0],
    FIRST,
    messages[3],
    { id: 'b', role: 'assistant', content: 'more' },
  ]);
});

it('is the task alone once it is too long, until it is retold', () => {
  const flood = Array.from({ length: 20 }, (_, index) => said(`m${index}`, 'x'.repeat(50))).flat() as WholeEvent[];
  expect(after(flood, 1000)).toEqual({ messages: [FIRST], isLost: true });
  const retold: WholeEvent = {
    type: 'MESSAGES_SNAPSHOT',
    messages: [{ id: 'a', role: 'assistant', content: 'short' }],
  };
  expect(after([...flood, retold], 1000)).toMatchObject({ messages: [FIRST, { id: 'a' }], isLost: false });
});
