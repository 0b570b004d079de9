// Tasks on this machine whose agent is spoken to over a protocol, as a lead agent meets them: a worker speaks it for the agent, and
// outlives the dispatcher.
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Protocol } from '@agent-dispatch/schemas';
import { type McpSession, startMcp } from './support/mcp.js';
import { Place, repository } from './support/place.js';
import { dispatcherOf, processesWith, untilGone } from './support/processes.js';

const TEST_MS = 120_000;
const AGENT = path.join(repository, 'test/e2e/support/agents/asking-agent.mjs');
const NOTES = [{ path: 'notes.txt', text: 'apples or pears' }];

let place: Place;
let mcp: McpSession;
afterEach(() => place.end(), TEST_MS);

async function open(protocol: Protocol): Promise<void> {
  place = await Place.make(undefined);
  await place.configure({
    accounts: { here: { provider: 'local' } },
    runtimes: {
      asker: {
        account: 'here',
        driver: 'process',
        target: {
          mode: 'runtime',
          protocol,
          details: { command: [process.execPath, AGENT], output: 'events', keepSeconds: 600 },
        },
        secrets: { MODEL_KEY: { source: 'environment', name: 'MODEL_KEY' } },
      },
    },
    defaults: { runtime: 'asker' },
  });
  mcp = await startMcp(place, { env: { MODEL_KEY: 'a-model-key' } });
}

/** Waits for its question, and gives the arguments of an answer. */
async function questionOf(id: string): Promise<{ task_id: string; request_id: string }> {
  const { attention } = await mcp.call('wait_task', { task_ids: [id], timeout_seconds: 50 });
  expect(attention).toMatchObject([{ task_id: id, input_requests: [{ question: 'Which one?' }] }]);
  return { task_id: id, request_id: attention[0]?.input_requests?.[0]?.request_id ?? '' };
}

describe.each<Protocol>(['http', 'a2a', 'mcp', 'ag-ui'])('over %s', (protocol) => {
  it(
    'a question is answered after a kill of the dispatcher, what was said is there once, and the file comes back',
    async () => {
      await open(protocol);
      const { task_id: id } = await mcp.spawn({
        instruction: 'Choose.',
        inputs: NOTES,
        artifacts: ['report.txt'],
      });
      const question = await questionOf(id);
      process.kill((await dispatcherOf(place.path('bin'))).pid, 'SIGKILL');
      expect(await mcp.call('get_task_status', { task_id: id })).toMatchObject({
        status: 'input_required',
        progress: { message: 'Choose.', fraction: 0.5 },
      });
      const answer = { ...question, message: 'pears', message_id: 'm1' };
      const sent = await mcp.client.callTool({ name: 'send_message', arguments: answer });
      expect(sent.structuredContent).toMatchObject({
        receipt: { state: expect.stringMatching(/^(delivered|queued)$/) },
      });
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded', protocol });
      expect(await mcp.logs(id)).toBe('reading apples or pears, before that nothing\n');
      expect(await mcp.call('get_task_result', { task_id: id })).toMatchObject({
        result: 'pears',
        artifacts: [{ name: 'report.txt' }],
      });
      const report = await mcp.call('get_task_result', { task_id: id, artifact: 'report.txt' });
      expect(report).toMatchObject({ result: 'pears, with a key of 11' });
      // Sent again, it is the same message.
      const again = await mcp.client.callTool({ name: 'send_message', arguments: answer });
      expect(again.structuredContent).toMatchObject({ receipt: receiptIn(sent) });
      expect(await untilGone(() => processesWith(place.path('.agentdispatch/providers')))).toEqual([]);
    },
    TEST_MS,
  );
});

const receiptIn = ({ structuredContent }: { structuredContent?: unknown }): object =>
  (structuredContent as { receipt: object }).receipt;

describe('over a2a', () => {
  beforeEach(() => open('a2a'), TEST_MS);

  it(
    'a follow-up goes on in the directory of the ended task',
    async () => {
      const { task_id: first } = await mcp.spawn({ instruction: 'Choose.', inputs: NOTES });
      await mcp.client.callTool({
        name: 'send_message',
        arguments: { ...(await questionOf(first)), message: 'pears' },
      });
      await mcp.ended(first);
      const { task_id: second } = await mcp.spawn({ instruction: 'Again.', continue_from: first });
      await mcp.client.callTool({
        name: 'send_message',
        arguments: { ...(await questionOf(second)), message: 'apples' },
      });
      expect(await mcp.ended(second)).toMatchObject({ status: 'succeeded' });
      expect(await mcp.logs(second)).toBe('reading apples or pears, before that pears, with a key of 11\n');
    },
    TEST_MS,
  );

  it(
    'a cancel stops agent and worker, and a message to what has ended is refused with what to do instead',
    async () => {
      const { task_id: id } = await mcp.spawn({ instruction: 'Choose.', inputs: NOTES });
      const question = await questionOf(id);
      await mcp.call('cancel_task', { task_id: id, reason: 'changed my mind' });
      expect(await mcp.ended(id)).toMatchObject({ status: 'cancelled', cancel_level: 'stopped' });
      expect(await untilGone(() => processesWith(AGENT))).toEqual([]);
      const late = await mcp.client.callTool({
        name: 'send_message',
        arguments: { ...question, message: 'pears' },
      });
      expect(late.structuredContent).toMatchObject({
        receipt: { state: 'rejected', reason: expect.stringContaining('continue_from') },
      });
    },
    TEST_MS,
  );
});
