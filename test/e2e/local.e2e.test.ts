// The main job on this machine, through real processes: client, MCP server, dispatcher, supervisor, agent.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Protocol } from '@agent-dispatch/schemas';
import { chunkPoint, chunkText, everyChunk, type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { type McpSession, startMcp } from './support/mcp.js';

const TEST_MS = 120_000;

let local: LocalPlace;
let mcp: McpSession;

async function open(protocol?: 'stdio' | Protocol): Promise<void> {
  local = await makeLocalPlace({ ...(protocol && { protocol }) });
  mcp = await startMcp(local.place);
}

afterEach(() => local.place.end(), TEST_MS);

describe('a task handed over through MCP', () => {
  it.each(['stdio', 'http', 'a2a', 'mcp', 'ag-ui'] as const)(
    'over %s is acknowledged before it works, shows each chunk as it comes, and brings result and artifacts back',
    async (protocol) => {
      await open(protocol);
      const task = await mcp.spawn({ instruction: 'Write a report.', artifacts: ['*.txt'] });
      expect(task).toMatchObject({ terminal: false, provider: 'local', runtime: 'agent', next: { tool: 'wait_task' } });
      const id = task.task_id;

      for (const chunk of everyChunk) {
        await local.gate.reached(chunkPoint(chunk));
        expect(await mcp.logs(id)).not.toContain(chunkText(chunk));
        local.gate.open(chunkPoint(chunk));
        await mcp.logsWith(id, chunkText(chunk));
      }

      const waited = await mcp.call('wait_task', { task_ids: [id], timeout_seconds: 60 });
      expect(waited).toMatchObject({ timed_out: false, done: [{ task_id: id, status: 'succeeded' }] });
      const text = `${everyChunk.map((chunk) => `${chunkText(chunk)}\n`).join('')}read 15 bytes\n`;
      expect(await mcp.logs(id)).toBe(text);
      const result = await mcp.call('get_task_result', { task_id: id });
      expect(result).toMatchObject({
        status: 'succeeded',
        exit_code: 0,
        result: text,
        artifacts: [{ name: 'report.txt', size: 26 }],
      });
      const report = await mcp.call('get_task_result', { task_id: id, artifact: 'report.txt' });
      expect(report).toMatchObject({ result: 'report on: Write a report.', truncated: false });
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );
});

describe('a task', () => {
  beforeEach(() => open(), TEST_MS);

  it(
    'is followed by a wait that ends without it, and goes on',
    async () => {
      const { task_id: id } = await mcp.spawn({ instruction: 'Take your time.' });
      const waited = await mcp.call('wait_task', { task_ids: [id], timeout_seconds: 0 });
      expect(waited).toMatchObject({
        timed_out: true,
        done: [],
        pending: [{ task_id: id }],
        next: { tool: 'wait_task' },
      });
      openAll(local.gate);
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
    },
    TEST_MS,
  );

  it(
    'ends cancelled when it is cancelled at work, and leaves no process',
    async () => {
      const { task_id: id } = await mcp.spawn({ instruction: 'Never mind.' });
      local.gate.open(chunkPoint(1));
      await mcp.logsWith(id, chunkText(1));
      await mcp.call('cancel_task', { task_id: id, reason: 'changed my mind' });
      expect(await mcp.ended(id)).toMatchObject({ status: 'cancelled', cancel_level: 'stopped' });
      expect(await mcp.call('cancel_task', { task_id: id })).toMatchObject({ status: 'cancelled', terminal: true });
      expect(await mcp.logs(id)).not.toContain(chunkText(2));
    },
    TEST_MS,
  );

  it(
    'is one task when the call is repeated under its idempotency key, and the key is refused to another request',
    async () => {
      const request = { instruction: 'Once.', idempotency_key: 'morning-run' };
      const first = await mcp.spawn(request);
      const second = await mcp.spawn(request);
      expect(second.task_id).toBe(first.task_id);
      expect(await mcp.refusal('spawn_cloud_agent', { ...request, instruction: 'Twice.' })).toMatchObject({
        code: 'AD_INPUT_IDEMPOTENCY_CONFLICT',
      });
      openAll(local.gate);
      await mcp.ended(first.task_id);
      expect((await mcp.call('list_tasks')).tasks).toHaveLength(1);
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );

  it(
    'may be a command of its own, whose failure is the answer and not an error of the call',
    async () => {
      const answer = await mcp.call('dispatch_task', {
        provider: 'local',
        account_profile: 'here',
        capability: 'agent-runtime',
        task_type: 'command.run',
        target: { mode: 'runtime', protocol: 'stdio' },
        input: { command: [process.execPath, '-e', 'console.log("no luck"); process.exit(3)'] },
      });
      const { task_id: id } = answer as { task_id: string };
      expect(await mcp.ended(id)).toMatchObject({ status: 'failed', exit_code: 3, error: { code: 'AD_TASK_FAILED' } });
      expect(await mcp.logs(id)).toBe('no luck\n');
    },
    TEST_MS,
  );
});
