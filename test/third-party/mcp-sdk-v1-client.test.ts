// Clients built on the first SDK line, which speaks only the older protocol revisions, over real stdio; needs a build.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tools } from '@agent-dispatch/schemas/tools';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const server = fileURLToPath(new URL('../../plugins/mcp-server/bin/agentdispatch-mcp.js', import.meta.url));

describe('a client of SDK v1', () => {
  const client = new Client({ name: 'v1-client', version: '1' });
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'agentdispatch-v1-'));
    const config = path.join(folder, 'missing.json');
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [server, '--config', config], stderr: 'ignore' }),
    );
  });
  afterAll(async () => {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('reads the tools whole, output schemas included', async () => {
    const listed = await client.listTools();
    expect(listed.tools).toEqual(tools);
  });

  it('gets the code and hint of a failed call, not a complaint about its output schema', async () => {
    await client.listTools();
    const result = await client.callTool({ name: 'spawn_cloud_agent', arguments: { instruction: 'x' } });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toMatch(/AD_CONFIG_NOT_FOUND.*hint/);
  });

  it('is told of an unknown tool by a protocol error', async () => {
    await expect(client.callTool({ name: 'nope', arguments: {} })).rejects.toMatchObject({ code: -32602 });
  });
});
