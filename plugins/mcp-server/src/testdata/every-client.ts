// Clients of both lines of MCP's SDK, in every era and over every transport they have, in one process with our server.
import type { ControlPlane } from '@agent-dispatch/core';
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { createMcpHandler, InMemoryTransport, type McpServerFactory } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as FirstHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport as FirstInMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { Transport as FirstTransport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ControlPlaneLink } from '../control-plane-link.js';
import { createServerFactory } from '../server.js';

/** What the clients have in common. Each checks structured content against the output schemas once it has listed them. */
export interface AnyClient {
  listTools(): Promise<{ tools: unknown[] }>;
  callTool(name: string, args: Record<string, unknown>, signal?: AbortSignal): Promise<ToolAnswer>;
  close(): Promise<void>;
}

export interface ToolAnswer {
  isError?: boolean;
  structuredContent?: unknown;
  content: { type: string; text?: string }[];
}

type Connect = (factory: McpServerFactory) => Promise<AnyClient>;

export const everyClient: readonly { title: string; connect: Connect }[] = [
  { title: 'SDK v1, stdio', connect: (factory) => first(inMemory(factory, FirstInMemoryTransport)) },
  { title: 'SDK v1, HTTP', connect: (factory) => first(new FirstHttpTransport(URL_OF_NOBODY, overHttp(factory))) },
  { title: 'SDK v2, legacy era, stdio', connect: (factory) => second('legacy', inMemory(factory, InMemoryTransport)) },
  { title: 'SDK v2, modern era, stdio', connect: (factory) => second('auto', inMemory(factory, InMemoryTransport)) },
  {
    title: 'SDK v2, legacy era, HTTP',
    connect: (factory) => second('legacy', new StreamableHTTPClientTransport(URL_OF_NOBODY, overHttp(factory))),
  },
  {
    title: 'SDK v2, modern era, HTTP',
    connect: (factory) => second('auto', new StreamableHTTPClientTransport(URL_OF_NOBODY, overHttp(factory))),
  },
];

export const factoryOver = (plane: ControlPlane): McpServerFactory =>
  createServerFactory({ version: '0.0.0', link: new ControlPlaneLink(() => Promise.resolve(plane)) });

const URL_OF_NOBODY = new URL('http://server.invalid/mcp');
const INFO = { name: 'tester', version: '1.2.3' };

async function first(transport: unknown): Promise<AnyClient> {
  const client = new FirstClient(INFO);
  await client.connect(transport as FirstTransport);
  return {
    listTools: () => client.listTools(),
    callTool: async (name, args, signal) =>
      (await client.callTool({ name, arguments: args }, undefined, { signal })) as ToolAnswer,
    close: () => client.close(),
  };
}

async function second(mode: 'auto' | 'legacy', transport: Transport): Promise<AnyClient> {
  const client = new Client(INFO, { versionNegotiation: { mode } });
  await client.connect(transport);
  if (client.getProtocolEra() !== (mode === 'auto' ? 'modern' : 'legacy'))
    throw new Error('the other era was agreed on');
  return {
    listTools: () => client.listTools(),
    callTool: (name, args, signal) => client.callTool({ name, arguments: args }, { signal }),
    close: () => client.close(),
  };
}

/** @returns the client's end. */
function inMemory<End>(factory: McpServerFactory, kind: { createLinkedPair(): [End, End] }): End {
  const [ours, theirs] = kind.createLinkedPair();
  serveStdio(factory, { transport: ours as InMemoryTransport });
  return theirs;
}

/** HTTP without a port: requests go straight to the handler. */
function overHttp(factory: McpServerFactory): { fetch: typeof fetch } {
  const handler = createMcpHandler(factory);
  return { fetch: (input, init) => handler.fetch(new Request(input, init)) };
}
