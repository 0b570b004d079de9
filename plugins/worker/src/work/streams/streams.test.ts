// Lines as the programs print them (Claude Code 2.1.332, Codex 0.169.0), without what nobody reads.
import { describe, expect, it } from '@jest/globals';
import { readClaudeLine } from './claude-stream.js';
import { readCodexLine } from './codex-stream.js';
import type { StreamLine } from './stream-word.js';

const assistant = (block: object, more: object = {}): StreamLine => ({
  type: 'assistant',
  message: { role: 'assistant', content: [block] },
  parent_tool_use_id: null,
  session_id: 's1',
  ...more,
});
const answer = (content: unknown): StreamLine => ({
  type: 'user',
  message: { role: 'user', content: [{ tool_use_id: 't1', type: 'tool_result', content }] },
});
const result = (more: object): StreamLine => ({ type: 'result', subtype: 'success', is_error: false, ...more });
const apiError = { is_error: true, terminal_reason: 'api_error' };

describe('a line of Claude Code', () => {
  it.each<[string, StreamLine, object[]]>([
    ['what the agent says', assistant({ type: 'text', text: 'Done.' }), [{ type: 'message', text: 'Done.' }]],
    [
      'what a subagent says',
      assistant({ type: 'text', text: 'Done.' }, { parent_tool_use_id: 't1' }),
      [{ type: 'log', text: 'Done.' }],
    ],
    [
      'a command',
      assistant({ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'a\nb', description: 'x' } }),
      [
        { type: 'log', text: 'Bash: a\nb' },
        { type: 'progress', message: 'Bash: a' },
      ],
    ],
    [
      'a call of another tool',
      assistant({ type: 'tool_use', id: 't1', name: 'Grep', input: { pattern: 'x' } }),
      [
        { type: 'log', text: 'Grep: {"pattern":"x"}' },
        { type: 'progress', message: 'Grep: {"pattern":"x"}' },
      ],
    ],
    ['the answer of a tool', answer('hi\n'), [{ type: 'log', text: 'hi' }]],
    ['an answer in blocks', answer([{ type: 'text', text: 'a' }, { type: 'image' }]), [{ type: 'log', text: 'a' }]],
    [
      'its beginning',
      { type: 'system', subtype: 'init', session_id: 's1', model: 'm' },
      [{ type: 'session', id: 's1' }],
    ],
    ['a kind that is not known', { type: 'rate_limit_event' }, []],
    ['a malformed one', { type: 'assistant', message: 'x' }, []],
    [
      'the same error that the result tells',
      assistant({ type: 'text', text: 'x' }, { is_api_error_message: true }),
      [],
    ],
    ['a result', result({ result: 'All.' }), [{ type: 'end', text: 'All.' }]],
    [
      'a result with its schema',
      result({ result: '{"a":1}', structured_output: { a: 1 } }),
      [{ type: 'end', text: '{"a":1}', json: { a: 1 } }],
    ],
  ])('tells %s', (_what, line, words) => {
    expect(readClaudeLine(line)).toEqual(words);
  });

  it.each<[string, StreamLine, string, string]>([
    ['a refused key', result({ ...apiError, api_error_status: 401, result: 'no' }), 'MODEL_DENIED', 'no'],
    ['an overload', result({ ...apiError, api_error_status: 529, result: 'busy' }), 'MODEL_UNAVAILABLE', 'busy'],
    ['a model that nobody knows', result({ ...apiError, api_error_status: 404, result: '?' }), 'AGENT_FAILED', '?'],
    [
      'no connection',
      result({ ...apiError, api_error_status: null, api_error: 'connection_failed', result: 'refused' }),
      'MODEL_UNAVAILABLE',
      'refused',
    ],
    [
      'no login',
      result({ ...apiError, api_error_status: null, result: 'Not logged in' }),
      'MODEL_DENIED',
      'Not logged in',
    ],
    [
      'anything else',
      result({ is_error: true, subtype: 'error_during_execution', errors: ['No conversation found'] }),
      'AGENT_FAILED',
      'No conversation found',
    ],
    [
      'nothing',
      result({ is_error: true, subtype: 'error_max_turns' }),
      'AGENT_FAILED',
      'Claude Code ended with error_max_turns.',
    ],
  ])('tells a failure by %s', (_what, line, code, message) => {
    expect(readClaudeLine(line)).toEqual([{ type: 'end', failure: { code, message } }]);
  });

  it.each([
    [{ error_status: 529, error: 'overloaded' }, "The model's API answered 529 (overloaded); trying again, 2 of 10."],
    [{ error_status: null }, "The model's API cannot be reached; trying again, 2 of 10."],
  ])('tells that it tries again', (more, message) => {
    const line = { type: 'system', subtype: 'api_retry', attempt: 2, max_retries: 10, ...more };
    expect(readClaudeLine(line)).toContainEqual({ type: 'progress', message });
  });
});

const item = (type: string, more: object): StreamLine => ({ type: 'item.completed', item: { id: 'i', type, ...more } });

describe('a line of Codex', () => {
  it.each<[string, StreamLine, object[]]>([
    ['what the agent says', item('agent_message', { text: 'Done.' }), [{ type: 'message', text: 'Done.' }]],
    ['what it thinks', item('reasoning', { text: 'Hm.' }), [{ type: 'log', text: 'Hm.' }]],
    [
      'a command that begins',
      { type: 'item.started', item: { type: 'command_execution', command: 'ls', exit_code: null } },
      [
        { type: 'log', text: 'command: ls' },
        { type: 'progress', message: 'command: ls' },
      ],
    ],
    [
      'a command that fails',
      item('command_execution', { command: 'ls', aggregated_output: 'no\n', exit_code: 2 }),
      [
        { type: 'log', text: 'no' },
        { type: 'log', text: 'exit code 2' },
      ],
    ],
    [
      'files that it changes',
      item('file_change', { changes: [{ path: 'a', kind: 'add' }], status: 'completed' }),
      [
        { type: 'log', text: 'files: add a' },
        { type: 'progress', message: 'files: add a' },
      ],
    ],
    [
      'the answer of a tool',
      item('mcp_tool_call', { result: { content: [{ type: 'text', text: 'a' }] } }),
      [{ type: 'log', text: 'a' }],
    ],
    ['the failure of a tool', item('mcp_tool_call', { error: { message: 'no' } }), [{ type: 'log', text: 'no' }]],
    ['a warning', item('error', { message: 'Careful.' }), [{ type: 'log', text: 'Careful.' }]],
    [
      'that it tries again',
      { type: 'error', message: 'Reconnecting... 1/5' },
      [
        { type: 'log', text: 'Reconnecting... 1/5' },
        { type: 'progress', message: 'Reconnecting... 1/5' },
      ],
    ],
    ['its beginning', { type: 'thread.started', thread_id: 't1' }, [{ type: 'session', id: 't1' }]],
    ['the end', { type: 'turn.completed', usage: {} }, [{ type: 'end' }]],
  ])('tells %s', (_what, line, words) => {
    expect(readCodexLine(line)).toEqual(words);
  });

  it.each([
    ['unexpected status 401 Unauthorized: no, url: http://x', 'MODEL_DENIED'],
    ['unexpected status 503 Service Unavailable: no, url: http://x', 'MODEL_UNAVAILABLE'],
    ['unexpected status 400 Bad Request: no, url: http://x', 'AGENT_FAILED'],
    ['Missing environment variable: `OPENAI_API_KEY`.', 'MODEL_DENIED'],
    ['stream disconnected before completion: error sending request', 'MODEL_UNAVAILABLE'],
    ['The context is full.', 'AGENT_FAILED'],
  ])('tells the failure %s as %s', (message, code) => {
    expect(readCodexLine({ type: 'turn.failed', error: { message } })).toEqual([
      { type: 'end', failure: { code, message } },
    ]);
  });
});
