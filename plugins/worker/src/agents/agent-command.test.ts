import { describe, expect, it } from '@jest/globals';
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';
import { newTask } from '../testdata/test-worker.js';
import type { Agent, AgentCommand } from './agent.js';
import { agentCommand } from './agent-command.js';
import { builtIns, type BuiltIn } from './built-ins.js';

const place = {
  name: 'mine',
  environment: { PATH: '/bin', SECRET_OF_WORKER: 'x', ALLOWED: 'y' },
  outputSchema: '/run/schema',
};
const agentOf = (agent: Partial<Agent>): Agent => ({ command: ['prog'], input: 'text', output: 'text', ...agent });
const commandOf = (task: Partial<WorkerTask>, agent: Partial<Agent> = {}): AgentCommand =>
  agentCommand(newTask(task), agentOf(agent), place);

function refusal(make: () => unknown): Pick<RunRefused, 'code' | 'message'> {
  try {
    make();
  } catch (error) {
    if (error instanceof RunRefused) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('the command of an agent', () => {
  it('gets prose on standard input by default, its context as JSON in it', () => {
    const command = commandOf({ instruction: 'Do it.', context: { a: 1 } });
    expect(command).toMatchObject({ program: 'prog', arguments: [], takesMessages: false, output: 'text' });
    expect(command.input).toBe('Do it.\n\nContext (JSON):\n{\n  "a": 1\n}\n');
  });

  it('gets the whole task as one line of JSON, without what is secret', () => {
    const task = {
      instruction: 'Do\nit.',
      secrets: { KEY: 'hidden' },
      environment: { MODE: 'fast' },
      artifacts: ['*.md'],
    };
    const { input = '', environment } = commandOf(task, { input: 'json' });
    expect(input.split('\n')).toHaveLength(2);
    expect(JSON.parse(input)).toMatchObject({ type: 'task', instruction: 'Do\nit.', artifacts: ['*.md'] });
    expect(input).not.toContain('hidden');
    expect(environment).toEqual({ PATH: '/bin', MODE: 'fast', KEY: 'hidden' });
  });

  it('gets of the worker’s environment only what is allowed', () => {
    expect(commandOf({}, { environment: ['ALLOWED', 'ABSENT'] }).environment).toEqual({ PATH: '/bin', ALLOWED: 'y' });
  });

  it('gets the prose as last argument, or where the command has a place for it', () => {
    expect(commandOf({ instruction: 'Do it.' }, { input: 'argument' }).arguments).toEqual(['Do it.']);
    const agent = {
      input: 'argument',
      command: ['prog', '--say={prompt}', '{keep}'],
      modelArguments: ['-m', '{model}'],
    } as const;
    const { arguments: args, input } = commandOf(
      { instruction: 'Do it.', model: 'm1' },
      { ...agent, command: [...agent.command], modelArguments: [...agent.modelArguments] },
    );
    expect([args, input]).toEqual([['--say=Do it.', '{keep}', '-m', 'm1'], undefined]);
  });

  it('never takes what a task says for an option', () => {
    expect(commandOf({ instruction: '--yolo' }, { input: 'argument' }).arguments).toEqual([' --yolo']);
    const model = { modelArguments: ['--model', '{model}'] };
    expect(refusal(() => commandOf({ model: '--yolo' }, model)).code).toBe('invalid');
    const tools = { toolArguments: { allowed: ['--allow', '{value}'] } };
    expect(refusal(() => commandOf({ tools: { allowed: ['--yolo'] } }, tools)).code).toBe('invalid');
  });

  it('leaves braces in what a task says as they are', () => {
    const agent = { input: 'argument' as const, modelArguments: ['-m', '{model}'] };
    expect(commandOf({ instruction: 'print {model} and {prompt}', model: 'm1' }, agent).arguments).toEqual([
      'print {model} and {prompt}',
      '-m',
      'm1',
    ]);
  });

  it.each<[string, Partial<WorkerTask>, Partial<Agent>, string]>([
    ['a model', { model: 'm' }, {}, 'The agent mine does not take a model.'],
    ['tools', { tools: { a: 1 } }, {}, 'The agent mine does not take tools.'],
    ['an output schema', { outputSchema: {} }, {}, 'The agent mine does not take an output schema.'],
    ['all at once', { model: 'm', tools: {}, outputSchema: {} }, {}, 'does not take a model, nor an output schema.'],
    ['unknown tools', { tools: { a: 1, b: 1 } }, { toolArguments: { b: [] } }, 'does not take tools.a (only b).'],
    ['what prose cannot carry', { model: 'm' }, { accepts: ['model'] }, 'does not take a model.'],
  ])('refuses %s that it cannot take', (_what, task, agent, message) => {
    expect(refusal(() => commandOf(task, agent))).toEqual({
      code: 'refused',
      message: expect.stringContaining(message),
    });
  });

  it.each<[string, Partial<WorkerTask>]>([
    ['a variable without a proper name', { environment: { 'A-B': 'x' } }],
    ['a secret without a proper name', { secrets: { '': 'x' } }],
    ['a NUL in a secret', { secrets: { KEY: 'value\0' } }],
  ])('refuses %s, and never shows a value', (_what, task) => {
    const { code, message } = refusal(() => commandOf(task));
    expect([code, message.includes('value\0')]).toEqual(['invalid', false]);
  });

  it('refuses what is too long for an argument, and takes it on standard input', () => {
    const task = { instruction: 'x'.repeat(200_000) };
    expect(refusal(() => commandOf(task, { input: 'argument' })).code).toBe('refused');
    expect(commandOf(task).input).toHaveLength(200_000);
  });

  it('reads the result as JSON when it was asked for a schema', () => {
    const agent = { outputSchemaArguments: ['--schema', '{schemaFile}', '{schema}'] };
    expect(commandOf({ outputSchema: { type: 'object' } }, agent)).toMatchObject({
      arguments: ['--schema', '/run/schema', '{"type":"object"}'],
      outputSchema: '{"type":"object"}',
      output: 'json',
    });
    expect(commandOf({}, agent).output).toBe('text');
  });
});

describe('the built-in agents', () => {
  const whole = { instruction: 'Do it.', model: 'm1' };
  const builtIn = (name: BuiltIn, task: Partial<WorkerTask>): AgentCommand => commandOf(task, agentOf(builtIns[name]));

  it('claude takes model, tools and output schema', () => {
    const tools = { allowed: ['Read', 'Bash(npm test:*)'], disallowed: 'WebFetch' };
    const command = builtIn('claude', { ...whole, tools, outputSchema: { type: 'object' } });
    expect(command).toMatchObject({ program: 'claude', input: 'Do it.', output: 'claude' });
    expect(command.arguments.slice(-8)).toEqual([
      '--model',
      'm1',
      '--json-schema',
      '{"type":"object"}',
      '--allowedTools',
      'Read,Bash(npm test:*)',
      '--disallowedTools',
      'WebFetch',
    ]);
  });

  it('codex takes model and output schema, and no tools', () => {
    const command = builtIn('codex', { ...whole, outputSchema: { type: 'object' } });
    expect(command.arguments.slice(-4)).toEqual(['--model', 'm1', '--output-schema', '/run/schema']);
    expect(refusal(() => builtIn('codex', { tools: { allowed: [] } })).code).toBe('refused');
  });

  it('openclaw takes a model alone, and is told its task where nobody else can read it', () => {
    const command = builtIn('openclaw', whole);
    expect(command).toMatchObject({ input: 'Do it.', output: 'json', result: '/final', failure: '/error/message' });
    expect(command.arguments.slice(-4)).toEqual(['--timeout', '0', '--model', 'm1']);
    expect(refusal(() => builtIn('openclaw', { outputSchema: {} })).code).toBe('refused');
  });

  it('hermes takes model and toolsets', () => {
    const command = builtIn('hermes', { ...whole, tools: { toolsets: ['web', 'terminal'] } });
    expect([command.input, command.arguments.slice(-4)]).toEqual([
      'Do it.',
      ['--model', 'm1', '--toolsets', 'web,terminal'],
    ]);
  });
});
