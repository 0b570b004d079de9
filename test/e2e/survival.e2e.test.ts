// A task outlives whoever asked for it and whoever looks after it: processes are killed, none is asked.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chunkPoint, chunkText, everyChunk, type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { mcpProgram, startMcp } from './support/mcp.js';
import { repository } from './support/place.js';
import { dispatcherOf, processesWith, untilGone } from './support/processes.js';

const TEST_MS = 120_000;
const dyingClient = path.join(repository, 'test/e2e/support/dying-client.mjs');

let local: LocalPlace;
beforeEach(async () => {
  local = await makeLocalPlace();
});
afterEach(() => local.place.end(), TEST_MS);

/** Spawns a task from a client that kills itself and its process group once it is acknowledged, or waited for. */
async function spawnAndDie(instruction: string, when: 'acknowledged' | 'waiting' = 'acknowledged'): Promise<string> {
  const { place } = local;
  const client = spawn(process.execPath, [dyingClient, mcpProgram, place.configFile, instruction, when], {
    cwd: place.root,
    env: place.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  client.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const [, signal] = (await once(client, 'close')) as [number | null, string | null];
  expect({ printed, signal }).toEqual({ printed: expect.stringMatching(/^task_\w+\n$/), signal: 'SIGKILL' });
  return printed.trim();
}

describe('a client that is killed with its server in the moment of the acknowledgement', () => {
  it(
    'leaves a task that goes on, that a new client finds, and whose result it brings back, though it started the dispatcher',
    async () => {
      const taskId = await spawnAndDie('Outlive me.');
      const server = (): ReturnType<typeof processesWith> =>
        processesWith(`${mcpProgram} --config ${local.place.configFile}`);
      expect(await untilGone(server)).toEqual([]);

      await local.gate.reached(chunkPoint(1));
      const left = (await processesWith(local.place.path('bin'))).map(({ command }) => command);
      for (const one of ['dispatcher-process.js', 'shim/main.js', 'chunk-agent.mjs']) {
        expect(left).toContainEqual(expect.stringContaining(one));
      }
      openAll(local.gate);
      const mcp = await startMcp(local.place);
      const { tasks } = await mcp.call('list_tasks');
      expect(tasks.map((task) => task.task_id)).toEqual([taskId]);
      expect(await mcp.ended(taskId)).toMatchObject({ status: 'succeeded' });
      const { result } = await mcp.call('get_task_result', { task_id: taskId });
      expect(result).toContain(chunkText(10));
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );

  it(
    'leaves every task that it was told of, again and again, done once',
    async () => {
      openAll(local.gate);
      const taskIds: string[] = [];
      for (const round of [1, 2, 3]) taskIds.push(await spawnAndDie(`Outlive me, ${String(round)}.`));
      const mcp = await startMcp(local.place);
      for (const taskId of taskIds) expect(await mcp.ended(taskId)).toMatchObject({ status: 'succeeded', attempt: 1 });
      expect(local.starts()).toBe(taskIds.length);
    },
    TEST_MS,
  );
});

describe('a client that is killed with its server while it waits', () => {
  it(
    'leaves no server behind, and a task that goes on',
    async () => {
      const taskId = await spawnAndDie('Go on alone.', 'waiting');
      const server = (): ReturnType<typeof processesWith> =>
        processesWith(`${mcpProgram} --config ${local.place.configFile}`);
      expect(await untilGone(server)).toEqual([]);
      await local.gate.reached(chunkPoint(1));
      openAll(local.gate);
      const mcp = await startMcp(local.place);
      expect(await mcp.ended(taskId)).toMatchObject({ status: 'succeeded', attempt: 1 });
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );
});

describe('a dispatcher that is killed while its task is at work', () => {
  it(
    'is replaced at the next call, which finds the same work and every chunk of it, begun once',
    async () => {
      const mcp = await startMcp(local.place);
      const { task_id: id } = await mcp.spawn({ instruction: 'Do it once.' });
      local.gate.open(chunkPoint(1));
      await mcp.logsWith(id, chunkText(1));

      const first = await dispatcherOf(local.place.path('bin'));
      process.kill(first.pid, 'SIGKILL');
      // The agent never notices: it says the next chunk to nobody.
      await local.gate.reached(chunkPoint(2));
      local.gate.open(chunkPoint(2));
      await local.gate.reached(chunkPoint(3));

      await mcp.logsWith(id, chunkText(2));
      const second = await dispatcherOf(local.place.path('bin'));
      expect(second.pid).not.toBe(first.pid);
      openAll(local.gate, 3);
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded', attempt: 1 });
      const text = `${everyChunk.map((chunk) => `${chunkText(chunk)}\n`).join('')}read 11 bytes\n`;
      expect(await mcp.logs(id)).toBe(text);
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );

  it(
    'is replaced under a wait, which ends with the task',
    async () => {
      const mcp = await startMcp(local.place);
      const { task_id: id } = await mcp.spawn({ instruction: 'Be waited for.' });
      await local.gate.reached(chunkPoint(1));
      const waiting = mcp.call('wait_task', { task_ids: [id] });
      await mcp.call('get_task_status', { task_id: id });
      process.kill((await dispatcherOf(local.place.path('bin'))).pid, 'SIGKILL');
      openAll(local.gate);
      expect(await waiting).toMatchObject({ done: [{ task_id: id, status: 'succeeded' }], timed_out: false });
    },
    TEST_MS,
  );

  it(
    'is replaced after the work has ended too, and the result is there',
    async () => {
      const mcp = await startMcp(local.place);
      const { task_id: id } = await mcp.spawn({ instruction: 'End unseen.' });
      await local.gate.reached(chunkPoint(1));
      process.kill((await dispatcherOf(local.place.path('bin'))).pid, 'SIGKILL');
      openAll(local.gate);
      expect(await untilGone(() => processesWith(local.gate.url))).toEqual([]);

      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded', attempt: 1 });
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );

  it(
    'is replaced by a cancel, which stops the work that it did not begin itself',
    async () => {
      const mcp = await startMcp(local.place);
      const { task_id: id } = await mcp.spawn({ instruction: 'Be stopped by a stranger.' });
      await local.gate.reached(chunkPoint(1));
      process.kill((await dispatcherOf(local.place.path('bin'))).pid, 'SIGKILL');
      await mcp.call('cancel_task', { task_id: id });
      expect(await mcp.ended(id)).toMatchObject({ status: 'cancelled' });
      expect(await untilGone(() => processesWith(local.gate.url))).toEqual([]);
    },
    TEST_MS,
  );
});
