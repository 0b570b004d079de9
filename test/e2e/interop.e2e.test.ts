// Clients of both lines of the protocol's SDK, and of both eras, over stdio on the server as it is shipped.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { tools } from '@agent-dispatch/schemas/tools';
import { type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { mcpProgram, startMcp } from './support/mcp.js';

const TEST_MS = 120_000;
const names = tools.map(({ name }) => name);

let local: LocalPlace;
beforeEach(async () => {
  local = await makeLocalPlace();
});
afterEach(() => local.place.end(), TEST_MS);

describe('a client of the first SDK', () => {
  it(
    'lists the tools, hands a task over, and brings its result back',
    async () => {
      const { place, gate } = local;
      const client = new Client({ name: 'first-sdk', version: '1.0.0' });
      place.atEnd(() => client.close());
      const args = [mcpProgram, '--config', place.configFile];
      await client.connect(
        new StdioClientTransport({ command: process.execPath, args, env: place.env, stderr: 'ignore' }),
      );
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);

      openAll(gate);
      const call = async (name: string, input: object): Promise<unknown> =>
        (await client.callTool({ name, arguments: { ...input } })).structuredContent;
      const { task_id: id } = (await call('spawn_cloud_agent', { instruction: 'Go.' })) as { task_id: string };
      expect(await call('wait_task', { task_ids: [id], timeout_seconds: 45 })).toMatchObject({
        done: [{ task_id: id, status: 'succeeded' }],
      });
      expect(await call('get_task_result', { task_id: id })).toMatchObject({
        result: expect.stringContaining('[chunk 10]'),
      });
    },
    TEST_MS,
  );
});

describe('a client of the second SDK', () => {
  it.each([
    ['the era it finds out about', 'auto', 'modern'],
    ['the legacy era', 'legacy', 'legacy'],
  ] as const)(
    'speaking %s does the same',
    async (_name, era, spoken) => {
      const mcp = await startMcp(local.place, { era });
      expect(mcp.client.getProtocolEra()).toBe(spoken);
      expect((await mcp.client.listTools()).tools.map(({ name }) => name)).toEqual(names);
      openAll(local.gate);
      const { task_id: id } = await mcp.spawn({ instruction: 'Go.' });
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
    },
    TEST_MS,
  );
});
