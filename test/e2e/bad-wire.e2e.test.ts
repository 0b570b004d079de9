// What a client can do wrong on the wire itself, on the server as it is shipped: each mistake is named or passed over,
// the next call is answered, and nothing is started or stopped by it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chunkPoint, type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { CLIENTS, type ClientProfile, ScriptedClient } from './support/scripted-client.js';

const TEST_MS = 120_000;
const MEGABYTE = 1_000_000;

/** One of each era. */
const BOTH_ERAS = CLIENTS.filter(({ title }) => title === 'Claude Code' || title === 'OpenClaw');

let local: LocalPlace;

const open = (profile: ClientProfile): Promise<ScriptedClient> => ScriptedClient.open(local.place, profile);

async function nothingStarted(client: ScriptedClient): Promise<void> {
  expect(await client.ask('list_tasks', {})).toMatchObject({ tasks: [] });
  expect(local.starts()).toBe(0);
}

describe.each(BOTH_ERAS)('a client of the $protocol protocol', (profile) => {
  beforeAll(async () => {
    local = await makeLocalPlace();
  });
  afterAll(() => local.place.end(), TEST_MS);

  it.each([
    ['garbage', '\u0000\u0001 not json at all }{\n'],
    ['JSON that is no message', '[1, null, {"a": 2}]\n"text"\n{"neither": "request nor answer"}\n'],
    ['text that is not UTF-8, and empty lines', Buffer.from([0xff, 0xfe, 0x0a, 0x0a, 0x0d, 0x0a]).toString('latin1')],
    ['an answer to what nobody asked', '{"jsonrpc":"2.0","id":77,"result":{}}\n'],
  ])(
    'may send %s: it is passed over',
    async (_what, text) => {
      const client = await open(profile);
      client.raw(text);
      await nothingStarted(client);
      expect(await client.end()).toBe(0);
    },
    TEST_MS,
  );

  it(
    'is told of a line of 12 MB by name, under its id',
    async () => {
      const client = await open(profile);
      const fault = await client.fault('spawn_cloud_agent', { instruction: 'x'.repeat(12 * MEGABYTE) });
      expect(fault).toMatchObject({ code: -32602, message: expect.stringContaining('AD_INPUT_TOO_LARGE') });
      await nothingStarted(client);
    },
    TEST_MS,
  );

  it(
    'is told of an unknown tool, with those that there are',
    async () => {
      const client = await open(profile);
      const fault = await client.fault('spawn_agent', { instruction: 'Go.' });
      expect(fault).toMatchObject({ code: -32602, message: expect.stringMatching(/spawn_agent.*spawn_cloud_agent/) });
      await nothingStarted(client);
    },
    TEST_MS,
  );

  it.each([
    ['a wrong type', 'spawn_cloud_agent', { instruction: 7, labels: ['a'] }, ['/instruction', '/labels']],
    ['an extra property', 'wait_task', { task_ids: ['a'], patience: 1 }, ['/patience']],
    ['an unknown task', 'wait_task', { task_ids: ['task_01m8000000aaaaaaaaaaaaaaaa'] }, ['/task_ids/0']],
    ['a wait of another type', 'wait_task', { task_ids: ['a'], timeout_seconds: 'long' }, ['/timeout_seconds']],
  ])(
    'is told of %s by its place',
    async (_what, tool, args, pointers) => {
      const client = await open(profile);
      const { isError, content } = await client.call(tool, args);
      expect(isError).toBe(true);
      const { error } = JSON.parse(content[0]?.text ?? '') as {
        error: { fault: string; hint: string; problems: { pointer: string }[] };
      };
      expect(error).toMatchObject({ fault: 'caller', hint: expect.stringMatching(/./) });
      expect(error.problems.map(({ pointer }) => pointer)).toEqual(pointers);
      await nothingStarted(client);
    },
    TEST_MS,
  );
});

describe.each(BOTH_ERAS)('a client of the $protocol protocol, with a task at work,', (profile) => {
  beforeEach(async () => {
    local = await makeLocalPlace();
  });
  afterEach(() => local.place.end(), TEST_MS);

  it(
    'may cancel what never was, and give up a wait: the task goes on',
    async () => {
      const client = await open(profile);
      const { task_id: id } = await client.ask('spawn_cloud_agent', { instruction: 'Go on.' });
      await local.gate.reached(chunkPoint(1));
      const given = client.nextId;
      // Never answered: it is given up.
      void client.call('wait_task', { task_ids: [id] }).catch(() => undefined);
      for (const requestId of [given, 9_999, 'no-such-id'])
        client.send({ method: 'notifications/cancelled', params: { requestId, reason: 'enough' } });
      expect(await client.ask('get_task_status', { task_id: id })).toMatchObject({ status: 'running' });
      openAll(local.gate);
      expect(await client.ask('wait_task', { task_ids: [id] })).toMatchObject({ done: [{ status: 'succeeded' }] });
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );

  it(
    'may close stdin in the middle of a wait: the server ends, the task goes on',
    async () => {
      const first = await open({ ...profile, ends: 'stdin' });
      const { task_id: id } = await first.ask('spawn_cloud_agent', { instruction: 'Go on.' });
      void first.call('wait_task', { task_ids: [id] }).catch(() => undefined);
      await first.ask('get_task_status', { task_id: id });
      expect(await first.end()).toBe(0);
      openAll(local.gate);
      const second = await open(profile);
      expect(await second.ask('wait_task', { task_ids: [id] })).toMatchObject({ done: [{ status: 'succeeded' }] });
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );
});
