// Clients of both lines of MCP's SDK, in every era and over every transport they have, at our server.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlPlane } from '@agent-dispatch/core';
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { InMemoryTransport, localhostAllowedHostnames } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as FirstHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport as FirstInMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { Transport as FirstTransport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ControlPlaneLink } from '../control-plane-link.js';
import { Endpoint } from '../http/endpoint.js';
import { Tokens } from '../http/tokens.js';
import { ownParts } from '../http/own-parts.js';
import { createServerFactory } from '../server.js';

/** What the clients have in common. Each checks structured content against the output schemas once it has listed them. */
export interface AnyClient {
  listTools(): Promise<{ tools: unknown[] }>;
  callTool(name: string, args: Record<string, unknown>, signal?: AbortSignal): Promise<ToolAnswer>;
  /** The server, too. */
  close(): Promise<void>;
}

export interface ToolAnswer {
  isError?: boolean;
  structuredContent?: unknown;
  content: { type: string; text?: string }[];
}

export const everyClient: readonly { title: string; connect: (plane: ControlPlane) => Promise<AnyClient> }[] = [
  { title: 'SDK v1, stdio', connect: (plane) => first(inMemory(plane, FirstInMemoryTransport)) },
  { title: 'SDK v1, HTTP', connect: async (plane) => first(await overHttp(plane, FirstHttpTransport)) },
  { title: 'SDK v2, legacy era, stdio', connect: (plane) => second('legacy', inMemory(plane, InMemoryTransport)) },
  { title: 'SDK v2, modern era, stdio', connect: (plane) => second('modern', inMemory(plane, InMemoryTransport)) },
  {
    title: 'SDK v2, legacy era, HTTP',
    connect: async (plane) => second('legacy', await overHttp(plane, StreamableHTTPClientTransport)),
  },
  {
    title: 'SDK v2, modern era, HTTP',
    connect: async (plane) => second('modern', await overHttp(plane, StreamableHTTPClientTransport)),
  },
];

const INFO = { name: 'tester', version: '1.2.3' };
const TOKEN = 'token-of-the-tester';

/** The way to a server. */
interface Way<End> {
  transport: End;
  close: () => Promise<void>;
}

async function first({ transport, close }: Way<unknown>): Promise<AnyClient> {
  const client = new FirstClient(INFO);
  await client.connect(transport as FirstTransport);
  return {
    listTools: () => client.listTools(),
    callTool: async (name, args, signal) =>
      (await client.callTool({ name, arguments: args }, undefined, { signal })) as ToolAnswer,
    close: () => client.close().then(close),
  };
}

async function second(era: 'legacy' | 'modern', { transport, close }: Way<Transport>): Promise<AnyClient> {
  const client = new Client(INFO, { versionNegotiation: { mode: era === 'modern' ? 'auto' : 'legacy' } });
  await client.connect(transport);
  if (client.getProtocolEra() !== era) throw new Error(`the client speaks the ${String(client.getProtocolEra())} era`);
  return {
    listTools: () => client.listTools(),
    callTool: (name, args, signal) => client.callTool({ name, arguments: args }, { signal }),
    close: () => client.close().then(close),
  };
}

function inMemory<End>(plane: ControlPlane, kind: { createLinkedPair(): [End, End] }): Way<End> {
  const [ours, theirs] = kind.createLinkedPair();
  const link = new ControlPlaneLink(() => Promise.resolve(plane));
  const server = serveStdio(createServerFactory({ version: '0.0.0', link }), { transport: ours as InMemoryTransport });
  return { transport: theirs, close: () => server.close() };
}

type HttpTransport<End> = new (url: URL, options: { requestInit: RequestInit }) => End;

async function overHttp<End>(plane: ControlPlane, kind: HttpTransport<End>): Promise<Way<End>> {
  // What has no request to answer is no business of a client's.
  const report = (): void => undefined;
  const own = ownParts(() => Promise.resolve(plane), { stop: new AbortController().signal, report });
  const endpoint = new Endpoint({
    hosts: localhostAllowedHostnames(),
    origins: [],
    verifier: new Tokens([{ subject: 'tester', token: TOKEN }]),
    serverFor: (subject) => createServerFactory({ version: '0.0.0', ...own(subject) }),
    updatesFor: (subject) => own(subject).updates,
    report,
  });
  const server = createServer(endpoint.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`);
  const close = async (): Promise<void> => {
    await endpoint.close();
    const closed = once(server, 'close');
    server.close().closeAllConnections();
    await closed;
  };
  return { transport: new kind(url, { requestInit: { headers: { authorization: `Bearer ${TOKEN}` } } }), close };
}
