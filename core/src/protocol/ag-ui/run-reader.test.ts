import { describe, expect, it } from '@jest/globals';
import type { DriverEvent } from '../../provider/index.js';
import { type AgUiLimits, LIMITS } from './limits.js';
import { RunReader } from './run-reader.js';
import { finished, RUN, said, started } from './testdata/events.js';

const OTHER = { threadId: 'thread', runId: 'other' };
const SMALL = { ...LIMITS, resultCharacters: 20, openItems: 3, toldEvents: 2 };

function read(events: readonly unknown[], limits: AgUiLimits = LIMITS): { reader: RunReader; told: DriverEvent[] } {
  const reader = new RunReader(limits);
  reader.ask(RUN);
  return { reader, told: events.flatMap((event) => [...reader.take(JSON.stringify(event))]) };
}

const logOf = (told: readonly DriverEvent[], stream = 'agent'): string =>
  told.map((event) => (event.type === 'log' && event.stream === stream ? event.text : '')).join('');
const messagesOf = (told: readonly DriverEvent[]): unknown[] => told.filter(({ type }) => type === 'message');
const progressOf = (told: readonly DriverEvent[]): unknown[] =>
  told.flatMap((event) => (event.type === 'progress' ? [event.message] : []));
const resultOf = (events: readonly unknown[], limits?: AgUiLimits): unknown => {
  const { end } = read([started(), ...events], limits).reader;
  return end?.type === 'succeeded' ? end.result : end;
};

describe('what the agent says', () => {
  it('is logged piece by piece', () => {
    const { told } = read([started(), ...said('a', 'Hello ', 'world')]);
    expect(told).toEqual([
      { type: 'log', stream: 'agent', text: 'Hello ' },
      { type: 'log', stream: 'agent', text: 'world' },
    ]);
  });

  it('begins a line with each message', () => {
    expect(
      logOf(read([started(), ...said('a', 'one'), ...said('b'), ...said('c', 'two\n'), ...said('d', 'three')]).told),
    ).toBe('one\ntwo\nthree');
  });

  it('may come in chunks that name their message only once', () => {
    const { told, reader } = read([
      started(),
      { type: 'TEXT_MESSAGE_CHUNK', messageId: 'a', delta: 'o' },
      { type: 'TEXT_MESSAGE_CHUNK', delta: 'ne' },
      { type: 'TEXT_MESSAGE_CHUNK', messageId: 'b', delta: 'two' },
      finished(),
    ]);
    expect(logOf(told)).toBe('one\ntwo');
    expect(reader.end).toEqual({ type: 'succeeded', result: { text: 'two' } });
  });

  it('keeps a character whole that was cut in two', () => {
    const [first = '', second = ''] = '🌍'.split('');
    expect(read([started(), ...said('a', `a${first}`, `${second}b`)]).told).toEqual([
      { type: 'log', stream: 'agent', text: 'a' },
      { type: 'log', stream: 'agent', text: '🌍b' },
    ]);
  });

  it('is taken from a snapshot of the conversation as far as it was not streamed', () => {
    const { told, reader } = read([
      started(),
      ...said('new', 'streamed'),
      {
        type: 'MESSAGES_SNAPSHOT',
        messages: [
          { id: 'old', role: 'assistant', content: 'of an earlier run' },
          { id: 'asked', role: 'user', content: 'do it' },
          { id: 'new', role: 'assistant', content: 'streamed' },
          { id: 'tool', role: 'tool', toolCallId: 'x', content: 'found' },
          { id: 'last', role: 'assistant', content: 'in the snapshot alone' },
        ],
      },
      finished(),
    ]);
    expect(logOf(told)).toBe('streamed\nin the snapshot alone');
    expect(reader.end).toEqual({ type: 'succeeded', result: { text: 'in the snapshot alone' } });
  });
});

describe('the result', () => {
  it.each<[title: string, events: unknown[], expected: unknown]>([
    ['is what the run gives', [...said('a', 'words'), finished({ result: { answer: 42 } })], { json: { answer: 42 } }],
    ['is text where the run gives text', [finished({ result: 'done' })], { text: 'done' }],
    ['is false where the run gives that', [finished({ result: false })], { json: false }],
    ['is the last message', [...said('a', 'first'), ...said('b', 'la', 'st'), finished()], { text: 'last' }],
    ['is the last message that says something', [...said('a', 'first'), ...said('b'), finished()], { text: 'first' }],
    [
      'is not what a subagent or anyone else says',
      [
        ...said('a', 'mine'),
        { type: 'TEXT_MESSAGE_CHUNK', messageId: 'b', subagentRunId: 's', delta: 'of a subagent' },
        { type: 'TEXT_MESSAGE_CHUNK', messageId: 'c', role: 'user', delta: 'of the user' },
        finished(),
      ],
      { text: 'mine' },
    ],
    [
      'is the state where nothing is said',
      [
        { type: 'STATE_SNAPSHOT', snapshot: { plan: [] } },
        { type: 'STATE_DELTA', delta: [{ op: 'add', path: '/plan/-', value: 1 }] },
        finished(),
      ],
      { json: { plan: [1] } },
    ],
    [
      'is not the state where something is said',
      [{ type: 'STATE_SNAPSHOT', snapshot: {} }, ...said('a', 'words'), finished({ result: null })],
      { text: 'words' },
    ],
    ['is nothing where there is none', [finished()], undefined],
  ])('%s', (_title, events, expected) => {
    expect(resultOf(events)).toEqual(expected);
  });

  it('is cut at its limit, which open messages share', () => {
    expect(resultOf([...said('a', 'x'.repeat(30)), finished()], SMALL)).toEqual({
      text: expect.stringMatching(/^x{20}\n\[cut after 20 /),
    });
    const open = { type: 'TEXT_MESSAGE_START', messageId: 'open' };
    expect(resultOf([open, ...said('a', 'x'.repeat(30)), finished()], SMALL)).toEqual({
      text: expect.stringMatching(/^x{10}\n\[cut after 10 /),
    });
  });
});

describe('beside speech', () => {
  it('a tool call is one message when it is whole, its result another', () => {
    const { told } = read([
      started(),
      { type: 'TOOL_CALL_START', toolCallId: 't', toolCallName: 'search' },
      { type: 'TOOL_CALL_ARGS', toolCallId: 't', delta: '{"q":' },
      { type: 'TOOL_CALL_ARGS', toolCallId: 't', delta: '1}' },
      { type: 'TOOL_CALL_END', toolCallId: 't' },
      { type: 'TOOL_CALL_RESULT', messageId: 'm', toolCallId: 't', content: [{ type: 'text', text: 'found' }, null] },
    ]);
    expect(told).toEqual([
      {
        type: 'message',
        text: 'Calls search({"q":1})',
        raw: { id: 't', type: 'function', function: { name: 'search', arguments: '{"q":1}' } },
      },
      { type: 'message', text: 'Tool result: found', raw: expect.objectContaining({ type: 'TOOL_CALL_RESULT' }) },
    ]);
  });

  it('a tool call in chunks ends with the next one, or with the run', () => {
    const { told } = read([
      started(),
      { type: 'TOOL_CALL_CHUNK', toolCallId: 'a', toolCallName: 'one', delta: '1' },
      { type: 'TOOL_CALL_CHUNK', delta: '2' },
      { type: 'TOOL_CALL_CHUNK', toolCallId: 'b', toolCallName: 'two' },
      finished(),
    ]);
    expect(messagesOf(told)).toMatchObject([{ text: 'Calls one(12)' }, { text: 'Calls two()' }]);
  });

  it.each<[title: string, events: unknown[]]>([
    [
      'of today',
      [
        { type: 'REASONING_START', messageId: 'r' },
        { type: 'REASONING_MESSAGE_START', messageId: 'r', role: 'reasoning' },
        { type: 'REASONING_MESSAGE_CONTENT', messageId: 'r', delta: 'hm' },
        { type: 'REASONING_MESSAGE_CONTENT', messageId: 'r', delta: 'm' },
        { type: 'REASONING_MESSAGE_END', messageId: 'r' },
        { type: 'REASONING_ENCRYPTED_VALUE', subtype: 'message', entityId: 'r', encryptedValue: 'x' },
        { type: 'REASONING_END', messageId: 'r' },
      ],
    ],
    [
      'in chunks',
      [
        { type: 'REASONING_MESSAGE_CHUNK', messageId: 'r', delta: 'hm' },
        { type: 'REASONING_MESSAGE_CHUNK', delta: 'm' },
        finished(),
      ],
    ],
    [
      'from before 1.0',
      [
        { type: 'THINKING_START', title: 'Plan' },
        { type: 'THINKING_TEXT_MESSAGE_START' },
        { type: 'THINKING_TEXT_MESSAGE_CONTENT', delta: 'hmm' },
        { type: 'THINKING_TEXT_MESSAGE_END' },
        { type: 'THINKING_END' },
      ],
    ],
  ])('a thought %s is one message', (_title, events) => {
    const { told } = read([started(), ...events]);
    expect(messagesOf(told)).toEqual([
      { type: 'message', text: 'hmm', raw: { id: expect.any(String), role: 'reasoning', content: 'hmm' } },
    ]);
  });

  it('steps, activities and subagents are progress', () => {
    const { told } = read([
      started(),
      { type: 'STEP_STARTED', stepName: 'plan' },
      { type: 'ACTIVITY_SNAPSHOT', messageId: 'a', activityType: 'BUILD', content: { done: 1 } },
      { type: 'ACTIVITY_DELTA', messageId: 'a', activityType: 'BUILD', patch: [{ op: 'remove', path: '/done' }] },
      { type: 'SUBAGENT_STARTED', subagentRunId: 's', name: 'reader' },
      { type: 'SUBAGENT_FINISHED', subagentRunId: 's' },
      { type: 'STEP_FINISHED', stepName: 'plan' },
    ]);
    expect(progressOf(told)).toEqual([
      'plan',
      'BUILD: {"done":1}',
      'BUILD: [{"op":"remove","path":"/done"}]',
      'Subagent reader',
      'A subagent has finished',
      'plan: finished',
    ]);
  });

  it('custom and raw events and failures of subagents are messages with the event', () => {
    const events = [
      { type: 'CUSTOM', name: 'seen', value: null },
      { type: 'RAW', event: { x: 1 }, source: 'lib' },
      { type: 'SUBAGENT_ERROR', subagentRunId: 's', message: 'no' },
    ];
    expect(messagesOf(read([started(), ...events]).told)).toEqual([
      { type: 'message', text: 'Custom event seen', raw: events[0] },
      { type: 'message', text: 'Raw event of the agent', raw: events[1] },
      { type: 'message', text: 'A subagent failed: no', raw: events[2] },
    ]);
  });

  it('what is long is cut, and its event to 16 KiB', () => {
    const { told } = read([
      started(),
      { type: 'CUSTOM', name: 'large', value: '"'.repeat(100_000) },
      { type: 'REASONING_MESSAGE_CHUNK', messageId: 'r', delta: 'é'.repeat(100_000) },
      finished(),
    ]);
    const sizes = messagesOf(told).map((event) => Buffer.byteLength(JSON.stringify(event)));
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThan(24 * 1024);
  });

  it('what is told too often is left out, and the log says so once', () => {
    const { told } = read(
      [started(), ...Array.from({ length: 5 }, (_, index) => ({ type: 'STEP_STARTED', stepName: `s${index}` }))],
      SMALL,
    );
    expect(progressOf(told)).toEqual(['s0', 's1']);
    expect(logOf(told, 'system')).toMatch(/^The agent tells too much[^\n]*\n$/);
  });
});

describe('the end', () => {
  it.each<[title: string, events: unknown[], expected: unknown]>([
    [
      'is an interrupt',
      [finished({ outcome: { type: 'interrupt', interrupts: [{ id: 'i', reason: 'input' }] } })],
      { type: 'interrupted', interrupts: [{ id: 'i', reason: 'input' }] },
    ],
    ['is cancelled', [finished({ outcome: { type: 'cancelled' } })], { type: 'cancelled' }],
    [
      'is success with a null outcome of before 1.0',
      [finished({ outcome: null, result: null })],
      { type: 'succeeded' },
    ],
    [
      'is an error',
      [{ type: 'RUN_ERROR', message: 'out of memory', code: 'OOM' }],
      {
        type: 'failed',
        error: expect.objectContaining({ code: 'AD_PROTOCOL_AGENT_ERROR', message: 'OOM: out of memory' }),
      },
    ],
    [
      'is an error that comes after success',
      [finished(), { type: 'RUN_ERROR', message: 'late' }],
      { type: 'failed', error: expect.objectContaining({ message: 'late' }) },
    ],
  ])('%s', (_title, events, expected) => {
    const { reader } = read([started(), ...events]);
    expect(reader.end).toEqual(expected);
    expect(reader.isOver).toBe(true);
  });

  it('may be an error before the run has begun', () => {
    const { reader } = read([{ type: 'RUN_ERROR', message: 'no room' }]);
    expect(reader.end).toMatchObject({ type: 'failed' });
  });

  it('is not that of a history which is retold before', () => {
    const { reader } = read([started(OTHER), finished({ result: 'old' }, OTHER)]);
    expect(reader.isOver).toBe(false);
    for (const event of [started(), ...said('a', 'new'), finished()]) Array.from(reader.take(JSON.stringify(event)));
    expect([reader.isOver, reader.end]).toEqual([true, { type: 'succeeded', result: { text: 'new' } }]);
  });

  it('is not that of a run within the run', () => {
    const { reader, told } = read([started(), started(OTHER), finished({ result: 'inner' }, OTHER)]);
    expect(reader.end).toBeUndefined();
    expect(logOf(told, 'system')).toContain('another run');
  });

  it('is that of another run where ours is never named, and the log says so once', () => {
    const names = { threadId: 'elsewhere', runId: 'strange' };
    const { reader, told } = read([started(names), ...said('a', 'done'), finished({}, names)]);
    expect(reader.end).toEqual({ type: 'succeeded', result: { text: 'done' } });
    expect(logOf(told, 'system').match(/another run/g)).toHaveLength(1);
  });

  it('leaves out what comes after it, and says so once', () => {
    const { told, reader } = read([started(), finished({ result: 'r' }), ...said('a', 'late'), ...said('b', 'later')]);
    expect(logOf(told)).toBe('');
    expect(logOf(told, 'system').match(/after the end/g)).toHaveLength(1);
    expect(reader.end).toEqual({ type: 'succeeded', result: { text: 'r' } });
  });

  it('of a kind that is not known is success, and the log says so', () => {
    const { told, reader } = read([started(), finished({ outcome: { type: 'paused' } })]);
    expect(reader.end).toMatchObject({ type: 'succeeded' });
    expect(logOf(told, 'system')).toContain('(paused)');
  });
});

describe('refuses', () => {
  it.each<[title: string, events: unknown[], message: RegExp]>([
    ['an event before the run', said('a', 'x'), /TEXT_MESSAGE_START before the beginning/],
    [
      'text of a message that was not begun',
      [started(), { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'x' }],
      /not begun/,
    ],
    [
      'text of a message that has ended',
      [started(), ...said('a'), { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'x' }],
      /not begun/,
    ],
    ['a first chunk without a message', [started(), { type: 'TEXT_MESSAGE_CHUNK', delta: 'x' }], /nothing was begun/],
    [
      'arguments of a call that was not begun',
      [started(), { type: 'TOOL_CALL_ARGS', toolCallId: 't', delta: '1' }],
      /not begun/,
    ],
    [
      'a thought that was not begun',
      [started(), { type: 'REASONING_MESSAGE_CONTENT', messageId: 'r', delta: '1' }],
      /not begun/,
    ],
    ['a tool call without a name', [started(), { type: 'TOOL_CALL_CHUNK', toolCallId: 't' }], /without a name/],
    [
      'a value of the wrong type',
      [started(), { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 7 }],
      /TEXT_MESSAGE_CONTENT without a proper delta/,
    ],
    [
      'an interrupt with nothing to answer',
      [started(), finished({ outcome: { type: 'interrupt', interrupts: [] } })],
      /proper outcome/,
    ],
    ['a change that is no patch', [started(), { type: 'STATE_DELTA', delta: { a: 1 } }], /proper delta/],
    [
      'an id of a length that nobody holds',
      [started(), { type: 'TEXT_MESSAGE_START', messageId: 'x'.repeat(2000) }],
      /proper messageId/,
    ],
    ['a message that is no object', [[1]], /without a type/],
    ['a message without a type', [{ delta: 'x' }], /without a type/],
    [
      'a message that is nested too deeply',
      [JSON.parse('{"type":"CUSTOM","name":"n","value":' + '['.repeat(300) + ']'.repeat(300) + '}')],
      /nested too deeply/,
    ],
  ])('%s', (_title, events, message) => {
    expect(() => read(events)).toThrow(
      expect.objectContaining({ code: 'AD_PROTOCOL_RESPONSE', message: expect.stringMatching(message) }),
    );
  });

  it('what is not JSON', () => {
    const reader = new RunReader(LIMITS);
    expect(() => [...reader.take('{"type":"RUN_STA')]).toThrow(
      expect.objectContaining({ code: 'AD_PROTOCOL_RESPONSE' }),
    );
  });

  it.each<[title: string, event: (index: number) => unknown]>([
    ['messages', (index) => ({ type: 'TEXT_MESSAGE_START', messageId: `m${index}` })],
    ['chunks of speakers', (index) => ({ type: 'TEXT_MESSAGE_CHUNK', messageId: 'm', subagentRunId: `s${index}` })],
    ['tool calls', (index) => ({ type: 'TOOL_CALL_START', toolCallId: `t${index}`, toolCallName: 'n' })],
    ['thoughts', (index) => ({ type: 'REASONING_MESSAGE_START', messageId: `r${index}` })],
    ['runs', (index) => ({ ...started(), runId: `run-${index}` })],
  ])('more %s at once than the limit', (_title, event) => {
    const flood = Array.from({ length: SMALL.openItems + 1 }, (_, index) => event(index));
    expect(() => read([started(), ...flood], SMALL)).toThrow(
      expect.objectContaining({ code: 'AD_PROTOCOL_TOO_LARGE' }),
    );
  });
});

it('leaves out events of a type that it does not know, and says so once', () => {
  const { told } = read([started(), { type: 'NEW_IN_2', x: 1 }, { type: 'NEWER' }, ...said('a', 'on')]);
  expect(logOf(told)).toBe('on');
  expect(logOf(told, 'system')).toMatch(/^[^\n]*\(NEW_IN_2\)\n$/);
});
