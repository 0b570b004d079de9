// Tasks read by URI, in both protocol eras: the tools' answers, whole or refused with the call that gives them in pieces.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import type {
  GetTaskLogsInput,
  GetTaskLogsOutput,
  GetTaskResultInput,
  GetTaskResultOutput,
} from '@agent-dispatch/schemas';
import type { Client } from '@modelcontextprotocol/client';
import { connectedClient, ERAS } from '../testdata/connected-client.js';
import { scriptedControlPlane } from '../testdata/scripted-control-plane.js';

const ended = { task_id: 't', status: 'succeeded', terminal: true, truncated: false } as const;

describe.each(ERAS)('a resource, %s era', (era) => {
  let client: Client;
  afterEach(() => client.close());

  const connect = async (script: Partial<ControlPlane>): Promise<void> => {
    client = await connectedClient({ era, connect: async () => scriptedControlPlane(script) });
  };
  const read = async (uri: string): Promise<unknown> => (await client.readResource({ uri })).contents;
  const json = (value: object, uri: string): unknown => [
    { uri, mimeType: 'application/json', text: JSON.stringify(value) },
  ];
  const result =
    (answer: Partial<GetTaskResultOutput>, seen: GetTaskResultInput[] = []) =>
    async (input: GetTaskResultInput): Promise<GetTaskResultOutput> => (seen.push(input), { ...ended, ...answer });

  it('is found by its template, without a control plane', async () => {
    client = await connectedClient({ era, connect: () => Promise.reject(new Error('must not connect')) });
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(['agentdispatch://runtimes']);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'agentdispatch://tasks/{task_id}',
      'agentdispatch://tasks/{task_id}/result',
      'agentdispatch://tasks/{task_id}/logs',
      'agentdispatch://tasks/{task_id}/artifacts/{name}',
      'agentdispatch://runtimes/{runtime}',
    ]);
  });

  it('of a task is its status', async () => {
    const view = { task_id: 't', status: 'running', terminal: false } as Awaited<ReturnType<ControlPlane['get']>>;
    await connect({ get: async () => view });
    expect(await read('agentdispatch://tasks/t')).toEqual(json(view, 'agentdispatch://tasks/t'));
  });

  it('of the runtimes is what list_runtimes gives, whole or one by name', async () => {
    const runtimes = [
      { name: 'a', usable: true },
      { name: 'b c', usable: false, reason: 'no' },
    ];
    const answer = { runtimes, account_profiles: [], providers: [] };
    await connect({ runtimes: async () => answer });
    expect(await read('agentdispatch://runtimes')).toEqual(json(answer, 'agentdispatch://runtimes'));
    const uri = 'agentdispatch://runtimes/b%20c';
    expect(await read(uri)).toEqual(json({ name: 'b c', usable: false, reason: 'no' }, uri));
    await expect(read('agentdispatch://runtimes/nope')).rejects.toMatchObject({ code: -32602 });
  });

  it('of a result is all of it, and the names of the artifacts', async () => {
    const answer = { ...ended, result: { a: 1 }, artifacts: [{ name: 'x', size: 1 }] };
    const seen: GetTaskResultInput[] = [];
    await connect({ result: result({ ...answer, next: { tool: 'x', arguments: {} } }, seen) });
    expect(await read('agentdispatch://tasks/t/result')).toEqual(json(answer, 'agentdispatch://tasks/t/result'));
    expect(seen).toEqual([{ task_id: 't', max_bytes: 1_000_000 }]);
  });

  it.each([
    ['utf-8', '# hé', { text: '# hé', mimeType: 'text/markdown' }, 'text/markdown'],
    ['utf-8', 'plain', { text: 'plain', mimeType: 'text/plain' }, undefined],
    ['base64', 'AP8=', { blob: 'AP8=', mimeType: 'application/octet-stream' }, undefined],
  ] as const)('of an artifact is its content (%s %s)', async (encoding, content, expected, media_type) => {
    const seen: GetTaskResultInput[] = [];
    await connect({ result: result({ result: content, encoding, ...(media_type && { media_type }) }, seen) });
    for (const uri of ['agentdispatch://tasks/t/artifacts/out%2Fa%20b', 'agentdispatch://tasks/t/artifacts/out/a%20b'])
      expect(await read(uri)).toEqual([{ uri, ...expected }]);
    expect(seen.map(({ artifact }) => artifact)).toEqual(['out/a b', 'out/a b']);
  });

  it('of a log is every page of it', async () => {
    const entry = (text: string): GetTaskLogsOutput['entries'][number] => ({ at: 'now', stream: 'stdout', text });
    const logs = async ({ cursor }: GetTaskLogsInput): Promise<GetTaskLogsOutput> =>
      cursor === undefined
        ? { task_id: 't', entries: [entry('1')], next_cursor: 'c1', truncated: true, terminal: true }
        : { task_id: 't', entries: [entry('2')], next_cursor: 'c2', truncated: false, terminal: true };
    await connect({ logs });
    const whole = { task_id: 't', next_cursor: 'c2', terminal: true, entries: [entry('1'), entry('2')] };
    const [content] = (await client.readResource({ uri: 'agentdispatch://tasks/t/logs' })).contents;
    expect(JSON.parse(content && 'text' in content ? content.text : '')).toEqual(whole);
  });

  it.each([
    ['result', { tool: 'get_task_result', arguments: { task_id: 't', offset: 0 } }],
    ['artifacts/a', { tool: 'get_task_result', arguments: { task_id: 't', artifact: 'a', offset: 0 } }],
  ])('of a %s over 1 MB is refused with the call that reads it in pieces', async (part, next) => {
    await connect({ result: result({ truncated: true, next_offset: 1_000_000, size: 5_000_000, encoding: 'utf-8' }) });
    await expect(read(`agentdispatch://tasks/t/${part}`)).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('AD_TASK_VALUE_TOO_LARGE') as unknown,
      data: { code: 'AD_TASK_VALUE_TOO_LARGE', details: { size: 5_000_000, next } },
    });
    await expect(read(`agentdispatch://tasks/t/${part}`)).rejects.toThrow(/get_task_result.*offset/);
  });

  it('of a log over 1 MB is refused too, before all of it is read', async () => {
    let pages = 0;
    const entries = [{ at: 'now', stream: 'stdout' as const, text: 'x'.repeat(300_000) }];
    const logs = async (): Promise<GetTaskLogsOutput> => (
      pages++,
      { task_id: 't', entries, next_cursor: 'c', truncated: true, terminal: true }
    );
    await connect({ logs });
    await expect(read('agentdispatch://tasks/t/logs')).rejects.toThrow(/get_task_logs/);
    expect(pages).toBe(4);
  });

  it.each([
    'agentdispatch://tasks',
    'agentdispatch://tasks/',
    'agentdispatch://tasks/t/other',
    'agentdispatch://tasks/t/artifacts/',
    'agentdispatch://tasks/t/artifacts/%ff',
    'agentdispatch://tasks/t?x=1',
    'file:///etc/passwd',
  ])('%s is none', async (uri) => {
    await connect({});
    await expect(read(uri)).rejects.toMatchObject({ code: -32602, data: { uri } });
  });

  it('of what is not there is not found, and of what fails says how', async () => {
    await connect({ get: () => Promise.reject(new DispatchError('AD_TASK_NOT_FOUND', 'there is no task "t" here')) });
    const uri = 'agentdispatch://tasks/t';
    await expect(read(uri)).rejects.toMatchObject({ code: -32602, data: { uri } });
    await client.close();
    await connect({ get: () => Promise.reject(new DispatchError('AD_STORE_UNAVAILABLE', 'the disk is full')) });
    await expect(read(uri)).rejects.toMatchObject({ code: -32603, data: { code: 'AD_STORE_UNAVAILABLE' } });
  });
});
