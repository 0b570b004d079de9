// What a task costs each lead agent: two calls, spawn and wait, whenever it ends within the time that the client waits.
// Scripted clients over stdio on the server as it is shipped.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chunkPoint, chunkText, type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { CLIENTS, ScriptedClient } from './support/scripted-client.js';

const TEST_MS = 120_000;
/** What a wait leaves of the client's time. Seconds. */
const SPARE = 5;

interface Next {
  tool: string;
  arguments: Record<string, unknown>;
}

let local: LocalPlace;
beforeEach(async () => {
  local = await makeLocalPlace();
});
afterEach(() => local.place.end(), TEST_MS);

describe.each(CLIENTS)('$title', (profile) => {
  const open = (): Promise<ScriptedClient> => ScriptedClient.open(local.place, profile);

  it(
    'pays two calls for a task, with the result in hand',
    async () => {
      const client = await open();
      const spawned = await client.ask('spawn_cloud_agent', { instruction: 'Go.' });
      const next = spawned['next'] as Next;
      const waiting = client.ask(next.tool, next.arguments);
      await local.gate.reached(chunkPoint(1));
      client.disturb();
      openAll(local.gate);
      expect(await waiting).toMatchObject({
        done: [{ task_id: spawned['task_id'], status: 'succeeded', result: expect.stringContaining(chunkText(10)) }],
        timed_out: false,
      });
      expect([next.tool, client.calls]).toEqual(['wait_task', 2]);
      expect(await client.end()).toBe(0);
    },
    TEST_MS,
  );

  it(
    'never waits as long as it would give up, however long it asks for, and is told how to go on',
    async () => {
      const client = await open();
      const spawn = async (instruction: string): Promise<unknown> =>
        (await client.ask('spawn_cloud_agent', { instruction }))['task_id'];
      const [first, second] = [await spawn('End.'), await spawn('Be stopped.')];
      await client.ask('cancel_task', { task_id: second });
      const task_ids = [first, second];
      const { next } = await client.ask('wait_task', { task_ids, mode: 'any', timeout_seconds: 3600 });
      const { tool, arguments: again } = next as Next;
      expect([tool, again['task_ids']]).toEqual(['wait_task', [first]]);
      const seconds = Number(again['timeout_seconds']);
      expect(seconds).toBeGreaterThanOrEqual(45);
      expect(seconds).toBeLessThanOrEqual(profile.toolTimeout - SPARE);
      openAll(local.gate);
      expect(await client.ask(tool, again)).toMatchObject({ done: [{ task_id: first, status: 'succeeded' }] });
    },
    TEST_MS,
  );
});

describe.each(CLIENTS.filter(({ meta }) => meta !== undefined))('$title, which names its calls', (profile) => {
  it(
    'gets the same task when it repeats a call, from a new server too, and another one for another call',
    async () => {
      openAll(local.gate);
      const spawn = async (client: ScriptedClient, call: number): Promise<unknown> =>
        (await client.ask('spawn_cloud_agent', { instruction: 'Once.' }, call))['task_id'];
      const first = await ScriptedClient.open(local.place, profile);
      const taskId = await spawn(first, 1);
      expect(await spawn(first, 1)).toBe(taskId);
      await first.end();
      const second = await ScriptedClient.open(local.place, profile);
      expect(await spawn(second, 1)).toBe(taskId);
      expect(await spawn(second, 2)).not.toBe(taskId);
      const { tasks } = await second.ask('list_tasks', {});
      expect(tasks).toHaveLength(2);
    },
    TEST_MS,
  );

  it(
    'sees how a wait goes, and the result of it afterwards',
    async () => {
      const client = await ScriptedClient.open(local.place, profile);
      const { task_id: id } = await client.ask('spawn_cloud_agent', { instruction: 'Go.' });
      const waiting = client.ask('wait_task', { task_ids: [id] });
      const progressToken = client.calls;
      expect(await client.notified('notifications/progress')).toEqual({
        progressToken,
        progress: 5,
        message: 'running (5 s)',
      });
      openAll(local.gate);
      expect(await waiting).toMatchObject({ done: [{ status: 'succeeded' }] });
    },
    TEST_MS,
  );
});
