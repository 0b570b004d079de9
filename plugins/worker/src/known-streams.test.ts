// Agents that print a stream of their own, as a caller of the worker meets them: small programs that print what the real ones do.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkerConfig, WorkerEvent } from '@agent-dispatch/schemas';
import { ended, newTask, said, TestWorker } from './testdata/test-worker.js';

const shell = { command: ['/bin/sh', '-s'], outputSchemaArguments: [] };
const AGENTS: WorkerConfig['agents'] = {
  claude: { ...shell, output: 'claude' },
  codex: { ...shell, output: 'codex', resumeArguments: ['go', 'on', '{session}'] },
  other: { ...shell, output: 'codex', resumeArguments: ['go', 'on', '{session}'] },
  openclaw: { ...shell, output: 'json', result: '/final', failure: '/error/message' },
  missing: { command: ['claude'] },
};

let worker: TestWorker;
beforeEach(async () => {
  worker = await TestWorker.start({ agents: AGENTS });
});
afterEach(() => worker.remove());

const print = (...lines: unknown[]): string =>
  lines.map((line) => `printf '%s\\n' '${typeof line === 'string' ? line : JSON.stringify(line)}'`).join('\n');
const run = (framework: string, instruction: string, more: object = {}): Promise<WorkerEvent[]> =>
  worker.run(newTask({ framework, instruction, ...more }));

const CLAUDE = {
  text: { type: 'assistant', message: { content: [{ type: 'text', text: 'I look.' }] }, parent_tool_use_id: null },
  result: { type: 'result', is_error: false, result: 'All done.' },
  denied: { type: 'result', is_error: true, terminal_reason: 'api_error', api_error_status: 401, result: 'no' },
};
const message = (text: string): object => ({ type: 'item.completed', item: { type: 'agent_message', text } });

describe('a stream', () => {
  it('is told as it comes, its last word the result; what is no line of it is log', async () => {
    const events = await run('claude', print('plain', CLAUDE.text, '{"no":"type"}', CLAUDE.result));
    expect(events).toMatchObject([
      { type: 'log', stream: 'stdout', text: 'plain\n' },
      { type: 'message', text: 'I look.' },
      { type: 'log', stream: 'stdout', text: '{"no":"type"}\n' },
      { type: 'ended', outcome: 'succeeded', result: { text: 'All done.' } },
    ]);
  });

  it('without a result of its own ends with its last message', async () => {
    const events = await run('codex', print(message('one'), message('two'), { type: 'turn.completed' }));
    expect(ended(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'two' } });
  });

  it('tells why it failed, whatever its exit code is', async () => {
    for (const code of [0, 1]) {
      const end = ended(await run('claude', `${print(CLAUDE.denied)}\nexit ${code}`));
      expect(end).toMatchObject({ outcome: 'failed', exitCode: code, error: { code: 'MODEL_DENIED', message: 'no' } });
    }
  });

  it('that ends in its middle is no success', async () => {
    expect(ended(await run('codex', print(message('one'))))).toMatchObject({
      outcome: 'failed',
      error: { code: 'RESULT_INVALID' },
      result: { text: 'one' },
    });
  });

  it('ends with JSON where a schema is asked for, or fails', async () => {
    const outputSchema = { type: 'object' };
    const done = { type: 'turn.completed' };
    const good = ended(await run('codex', print(message('{"a":1}'), done), { outputSchema }));
    expect(good).toMatchObject({ outcome: 'succeeded', result: { json: { a: 1 } } });
    const bad = ended(await run('codex', print(message('words'), done), { outputSchema }));
    expect(bad).toMatchObject({ outcome: 'failed', error: { code: 'RESULT_INVALID' }, result: { text: 'words' } });
  });
});

describe('a conversation', () => {
  const begins = { type: 'thread.started', thread_id: 'thread-1' };
  const answer = `${print(begins)}\nprintf '{"type":"item.completed","item":{"type":"agent_message","text":"told %s"}}\\n' "$*"
    ${print({ type: 'turn.completed' })}`;
  const going = async (framework: string, continues: string): Promise<WorkerEvent[]> =>
    run(framework, answer, { continues });

  it('is gone on with by a task that names the earlier one, also in a later worker', async () => {
    const first = newTask({ framework: 'codex', instruction: answer });
    expect(ended(await worker.run(first))?.result).toEqual({ text: 'told ' });
    await worker.restart({ agents: AGENTS });
    const events = await going('codex', first.taskId);
    expect(ended(events)?.result).toEqual({ text: 'told go on thread-1' });
    expect(said(events, 'system')).toBe('');
  });

  it('that is not known, or was another agent’s, is begun anew, and the log says so', async () => {
    const first = newTask({ framework: 'codex', instruction: answer });
    await worker.run(first);
    for (const [framework, taskId] of [
      ['codex', 'task_zzzzzzzzzzzzzzzzzzzzzzzzzz'],
      ['other', first.taskId],
    ] as const) {
      const events = await going(framework, taskId);
      expect(ended(events)?.result).toEqual({ text: 'told ' });
      expect(said(events, 'system')).toContain(`No conversation of task ${taskId} is known here`);
    }
  });
});

describe('a document', () => {
  it('is the result at its place', async () => {
    const events = await run('openclaw', print('{', ' "ok": true, "final": "All done."', '}'));
    expect(ended(events)).toMatchObject({ outcome: 'succeeded', result: { text: 'All done.' } });
  });

  it('that tells why the agent failed is a failure', async () => {
    const message = 'fake/m1 request failed (authentication failed, HTTP 401). Log in.';
    const error = { kind: 'exception', message };
    const end = ended(await run('openclaw', `${print({ ok: false, final: '', error })}; exit 1`));
    expect(end).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      error: { code: 'MODEL_DENIED', message },
    });
    expect(end).not.toHaveProperty('result');
  });
});

describe('a program that fails without a word', () => {
  it('is told with the end of its standard error, without secrets', async () => {
    const events = await run('claude', 'echo "unknown option $KEY" >&2; exit 2', { secrets: { KEY: 'hidden-value' } });
    expect(ended(events)?.error).toEqual({
      code: 'AGENT_FAILED',
      message: 'The agent ended with exit code 2: unknown option [secret KEY]',
    });
    expect(said(events, 'stderr')).toBe('unknown option [secret KEY]\n');
  });

  it('is told with what is to be installed when it is not there', async () => {
    const events = await run('missing', '', { environment: { PATH: '/nowhere' } });
    expect(ended(events)?.error).toEqual({
      code: 'AGENT_NOT_STARTED',
      message: expect.stringMatching(/claude is not on the PATH.*npm install -g @anthropic-ai\/claude-code/),
    });
  });
});
