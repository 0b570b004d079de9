// Clients of both SDK lines hold an answer against the schema that its tool advertises, and throw it away where it does
// not fit. Nothing that a later version or a plugin puts into an answer may cost a caller what it started.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tools } from '@agent-dispatch/schemas/tools';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport as PairV1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { InMemoryTransport as PairV2, McpServer, type CallToolResult, type Tool } from '@modelcontextprotocol/server';
import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Valid answers of each tool, as the contract has them. */
const answers = tools.flatMap(({ name }) => {
  const contract = name.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const folder = new URL(`../../schemas/examples/${contract}Output/valid/`, import.meta.url);
  return readdirSync(folder).map((file) => ({
    tool: name,
    file,
    value: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Json,
  }));
});

/** What a later version may do to a value: other words, more properties, fewer of them; never another type. */
function altered(value: Json, chance: () => number): Json {
  if (Array.isArray(value)) return value.map((item) => altered(item, chance));
  if (typeof value === 'string') return chance() < 0.3 ? `${value} of another kind` : value;
  if (typeof value === 'number') return chance() < 0.3 ? value * 1000 - 1 : value;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(() => chance() < 0.9);
  const more: [string, Json][] = chance() < 0.5 ? [['x_new', { deep: [1, null, 'two'] }]] : [];
  return Object.fromEntries([...kept.map(([name, item]): [string, Json] => [name, altered(item, chance)]), ...more]);
}

let next: CallToolResult;

/** Lists our tools, and answers each call with `next`. */
function serve(): McpServer {
  const mcpServer = new McpServer({ name: 'agentdispatch', version: '0' });
  mcpServer.server.registerCapabilities({ tools: {} });
  mcpServer.server.setRequestHandler('tools/list', () => ({ tools: tools as unknown as Tool[] }));
  mcpServer.server.setRequestHandler('tools/call', () => next);
  return mcpServer;
}

const name = 'strict';
const v1 = new ClientV1({ name, version: '1' });
const v2 = new ClientV2({ name, version: '1' });

beforeAll(async () => {
  const [oursV1, theirsV1] = PairV1.createLinkedPair();
  const [oursV2, theirsV2] = PairV2.createLinkedPair();
  await Promise.all([serve().connect(oursV1), v1.connect(theirsV1), serve().connect(oursV2), v2.connect(theirsV2)]);
  // From then on they know the schemas.
  await Promise.all([v1.listTools(), v2.listTools()]);
});
afterAll(() => Promise.all([v1.close(), v2.close()]));

describe('a strict client', () => {
  it('does look at what it gets', async () => {
    next = { content: [], structuredContent: { tasks: 'none' } };
    await expect(v1.callTool({ name: 'list_tasks', arguments: {} })).rejects.toThrow(/output schema/);
    await expect(v2.callTool({ name: 'list_tasks', arguments: {} })).rejects.toThrow(/output schema/);
  });

  it.each(answers)('takes every answer of $tool like $file, of later versions too', async ({ tool, value }) => {
    const randoms = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(randoms, async (random) => {
        const structuredContent = altered(value, () => random.next().value as number) as Record<string, unknown>;
        next = { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
        for (const client of [v1, v2]) {
          const answer = await client.callTool({ name: tool, arguments: {} });
          expect(answer.structuredContent).toEqual(structuredContent);
        }
      }),
      { numRuns: 40 },
    );
  });
});
