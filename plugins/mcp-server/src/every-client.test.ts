// Every tool through clients of both lines of MCP's SDK, on real tasks of this machine. Needs a build: the dispatcher.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import { tools } from '@agent-dispatch/schemas/tools';
import { type LocalPlace, makeLocalPlace, openAll } from '@agent-dispatch/test/e2e/support/local.js';
import { connectControlPlane } from './connect-control-plane.js';
import { type AnyClient, everyClient, type ToolAnswer } from './testdata/every-client.js';
import { scriptedControlPlane } from './testdata/scripted-control-plane.js';

const TEST_MS = 120_000;

let local: LocalPlace;
let plane: ControlPlane;
beforeAll(async () => {
  local = await makeLocalPlace();
  const { place, gate } = local;
  openAll(gate);
  plane = await connectControlPlane({ configPath: place.configFile, cwd: place.root, env: place.env });
  place.atEnd(() => plane.close());
}, TEST_MS);
afterAll(() => local.place.end(), TEST_MS);

describe.each(everyClient)('$title', ({ title, connect }) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = await connect(plane);
    // From here on the client checks what it gets.
    expect((await client.listTools()).tools).toEqual(tools);
  });
  afterAll(() => client.close());

  const called = new Set<string>();
  const call = async (name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> => {
    called.add(name);
    const answer = await client.callTool(name, args);
    if (answer.isError === true) throw new Error(JSON.stringify(answer.content));
    expect(answer.content).toEqual([{ type: 'text', text: JSON.stringify(answer.structuredContent) }]);
    return answer.structuredContent as Record<string, unknown>;
  };

  /** A command that waits at the gate for its own point. */
  const startWaiting = async (point: string): Promise<string> => {
    const script = `fetch(${JSON.stringify(`${local.gate.url}/${point}`)}).then(() => console.log("let go"))`;
    const { task_id: id } = await call('dispatch_task', {
      provider: 'local',
      account_profile: 'here',
      capability: 'agent-runtime',
      task_type: 'command.run',
      target: { mode: 'runtime', protocol: 'stdio' },
      input: { command: [process.execPath, '-e', script] },
    });
    await local.gate.reached(point);
    return id as string;
  };
  const pointOf = (what: string): string => encodeURIComponent(`${title} ${what}`.replaceAll(/\W+/g, '-'));

  it('says what there is to run tasks on', async () => {
    expect(await call('list_runtimes', {})).toMatchObject({ runtimes: [{ name: 'agent' }] });
    expect(await call('check_cloud_agent_runtime', { runtime: 'agent' })).toMatchObject({ ok: true });
  });

  it(
    'hands a task over, waits for it, and reads all there is of it',
    async () => {
      const label = pointOf('whole');
      const { task_id: id } = await call('spawn_cloud_agent', {
        instruction: 'Write a report.',
        artifacts: ['*.txt'],
        labels: { client: label },
      });
      expect(await call('wait_task', { task_ids: [id], timeout_seconds: 45 })).toMatchObject({
        done: [{ task_id: id, status: 'succeeded' }],
        timed_out: false,
      });
      expect(await call('get_task_status', { task_id: id })).toMatchObject({ status: 'succeeded', terminal: true });
      const { entries } = await call('get_task_logs', { task_id: id });
      expect(JSON.stringify(entries)).toContain('[chunk 10]');
      expect(await call('get_task_result', { task_id: id })).toMatchObject({ artifacts: [{ name: 'report.txt' }] });
      expect(await call('get_task_result', { task_id: id, artifact: 'report.txt' })).toMatchObject({
        result: 'report on: Write a report.',
      });
      expect(await call('list_tasks', { label: { client: label } })).toMatchObject({ tasks: [{ task_id: id }] });
    },
    TEST_MS,
  );

  it(
    'gives a wait up and finds the task still running, then sees it cancelled',
    async () => {
      const point = pointOf('wait');
      const id = await startWaiting(point);
      const giveUp = new AbortController();
      const waiting = client.callTool('wait_task', { task_ids: [id], timeout_seconds: 45 }, giveUp.signal);
      const outcome = waiting.catch((error: unknown) => error);
      expect(await call('get_task_status', { task_id: id })).toMatchObject({ terminal: false });
      giveUp.abort();
      expect(await outcome).toBeInstanceOf(Error);
      expect(await call('get_task_status', { task_id: id })).toMatchObject({ status: 'running' });
      expect(await call('send_message', { task_id: id, message: 'Hurry.' })).toMatchObject({
        receipt: { state: 'rejected' },
      });
      await call('cancel_task', { task_id: id, reason: 'enough' });
      expect(await call('wait_task', { task_ids: [id], timeout_seconds: 45 })).toMatchObject({
        done: [{ task_id: id, status: 'cancelled' }],
      });
    },
    TEST_MS,
  );

  it('asks for what is missing and starts nothing', async () => {
    expect(await call('spawn_cloud_agent', {})).toMatchObject({
      status: 'needs_clarification',
      questions: [{ id: 'instruction' }],
    });
  });

  it.each([
    ['a task that nobody knows', 'get_task_status', { task_id: 'task_none' }, 'AD_TASK_NOT_FOUND'],
    ['an argument of the wrong type', 'wait_task', { task_ids: 5 }, 'AD_INPUT_INVALID'],
    ['an argument that does not exist', 'list_tasks', { colour: 'red' }, 'AD_INPUT_INVALID'],
  ])('is refused %s with a code and a hint, and goes on', async (_title, name, args, code) => {
    const answer = await client.callTool(name, args);
    expect(answer.isError).toBe(true);
    expect(errorOf(answer)).toMatchObject({ code, hint: expect.stringMatching(/./) });
    expect(await call('list_tasks', { limit: 1 })).toHaveProperty('tasks');
  });

  it('is told of an unknown tool by a protocol error that names the tools', async () => {
    const refused = expect.objectContaining({ code: -32602, message: expect.stringContaining('spawn_cloud_agent') });
    await expect(client.callTool('spawn_agent', {})).rejects.toEqual(refused);
  });

  it('has got an answer of every tool by now', () => {
    expect([...called].toSorted()).toEqual(tools.map(({ name }) => name).toSorted());
  });

  it('would notice an answer that breaks the output schema', async () => {
    const broken = { get: async () => ({ task_id: 5 }) } as unknown as Partial<ControlPlane>;
    const strict = await connect(scriptedControlPlane(broken));
    await strict.listTools();
    await expect(strict.callTool('get_task_status', { task_id: 't' })).rejects.toThrow(/schema/i);
    await strict.close();
  });
});

function errorOf({ content }: ToolAnswer): unknown {
  return (JSON.parse(content[0]?.text ?? '') as { error: unknown }).error;
}
