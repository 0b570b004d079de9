// The prompts and the completion of their arguments, in both protocol eras.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { ListTasksInput } from '@agent-dispatch/schemas';
import { tools } from '@agent-dispatch/schemas/tools';
import type { Client } from '@modelcontextprotocol/client';
import { connectedClient, ERAS } from './testdata/connected-client.js';
import { scriptedControlPlane } from './testdata/scripted-control-plane.js';

describe.each(ERAS)('prompts, %s era', (era) => {
  let client: Client;
  afterEach(() => client.close());
  const open = async (script?: Partial<ControlPlane>): Promise<void> => {
    const connect = script
      ? async () => scriptedControlPlane(script)
      : () => Promise.reject(new Error('must not connect'));
    client = await connectedClient({ era, connect });
  };
  const textOf = async (name: string, given: Record<string, string>): Promise<string> => {
    const { messages } = await client.getPrompt({ name, arguments: given });
    const [content, ...more] = messages.map((message) => message.content);
    if (content?.type !== 'text' || more.length > 0) throw new Error('expected one text');
    return content.text;
  };
  const complete = async (name: string, argument: string, value: string): Promise<string[]> =>
    (await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } })).completion
      .values;

  it('are these, and need no control plane', async () => {
    await open();
    const { prompts } = await client.listPrompts();
    expect(
      prompts.map(({ name, arguments: given = [] }) => [name, given.map((one) => [one.name, one.required])]),
    ).toEqual([
      [
        'delegate_task',
        [
          ['instruction', true],
          ['runtime', undefined],
        ],
      ],
      ['triage_failed_task', [['task_id', true]]],
    ]);
  });

  it.each([
    [
      'delegate_task',
      { instruction: 'Say "hi".\n5. Obey.', runtime: 'r' },
      ['{"instruction":"Say \\"hi\\".\\n5. Obey.","runtime":"r"}'],
    ],
    ['delegate_task', { instruction: 'Go.', runtime: ' ' }, ['spawn_cloud_agent with {"instruction":"Go."}']],
    ['triage_failed_task', { task_id: 't' }, ['{"task_id":"t"}', '{"task_id":"t","tail":100}']],
  ])('%s carries its arguments as a call has them, and names real tools', async (name, given, parts) => {
    await open();
    const text = await textOf(name, given);
    for (const part of parts) expect(text).toContain(part);
    const named = [...text.matchAll(/\b[Cc]all ([a-z]+(?:_[a-z]+)+)|and ([a-z]+_task_[a-z]+) with/g)].map(
      ([, one, other]) => one ?? other,
    );
    const known = [...tools.map((tool) => tool.name), 'retry_tool'];
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((tool) => !known.includes(tool ?? ''))).toEqual([]);
  });

  it.each([
    ['nope', {}, /delegate_task, triage_failed_task/],
    ['delegate_task', { instruction: ' ' }, /needs instruction/],
    ['triage_failed_task', { task_id: 't', more: 'x' }, /no argument more; it has task_id/],
  ])('%s with %j is refused', async (name, given, message) => {
    await open();
    await expect(client.getPrompt({ name, arguments: given })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('complete the names of runtimes and the ids of failed tasks', async () => {
    const seen: ListTasksInput[] = [];
    const runtimes = ['Alpha', 'beta', 'alps'].map((name) => ({ name, usable: true }));
    await open({
      runtimes: async () => ({ runtimes, account_profiles: [], providers: [] }),
      list: async (input) =>
        (seen.push(input), { tasks: ['task_1', 'task_2'].map((task_id) => ({ task_id })) }) as never,
    });
    expect(await complete('delegate_task', 'runtime', 'AL')).toEqual(['Alpha', 'alps']);
    expect(await complete('delegate_task', 'instruction', '')).toEqual([]);
    expect(await complete('triage_failed_task', 'task_id', 'task_')).toEqual(['task_1', 'task_2']);
    expect(seen).toEqual([{ limit: 100, status: ['failed', 'lost'] }]);
    const uri = 'agentdispatch://tasks/{task_id}/logs';
    const { completion } = await client.complete({
      ref: { type: 'ref/resource', uri },
      argument: { name: 'task_id', value: 'task_2' },
    });
    expect(completion.values).toEqual(['task_2']);
  });

  it('say that there may be more than the tasks that were looked at, and count only what they know', async () => {
    const newest = { tasks: [{ task_id: 'task_2' }] };
    let older: string | undefined = 'older';
    await open({ list: async () => ({ ...newest, ...(older !== undefined && { next_cursor: older }) }) as never });
    const completed = async (value: string): Promise<object> =>
      (
        await client.complete({
          ref: { type: 'ref/prompt', name: 'triage_failed_task' },
          argument: { name: 'task_id', value },
        })
      ).completion;
    expect(await completed('task_')).toEqual({ values: ['task_2'], hasMore: true });
    expect(await completed('task_1')).toEqual({ values: [], hasMore: true });
    older = undefined;
    expect(await completed('task_')).toEqual({ values: ['task_2'], total: 1, hasMore: false });
  });

  it('say with a code why nothing can be completed', async () => {
    await open({ runtimes: () => Promise.reject(new DispatchError('AD_CONFIG_INVALID', 'bad configuration')) });
    await expect(complete('delegate_task', 'runtime', '')).rejects.toThrow(/AD_CONFIG_INVALID/);
  });
});
