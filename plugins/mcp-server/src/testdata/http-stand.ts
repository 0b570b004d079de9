// The HTTP endpoint on a port of this machine, before a control plane that a test scripts; and requests as no client sends them.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlPlane } from '@agent-dispatch/core';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Endpoint } from '../http/endpoint.js';
import { ownParts } from '../http/own-parts.js';
import { Tokens } from '../http/tokens.js';
import { createServerFactory } from '../server.js';
import type { ClientOptions } from './connected-client.js';
import { scriptedControlPlane } from './scripted-control-plane.js';

export const TOKENS = { alice: 'alice-token-0123456789', bob: 'bob-token-0123456789' } as const;

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

export interface RawRequest {
  method?: string;
  path?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
}

/** What a client of the current era sends to call a tool. */
export function toolCall(name: string, input: object): { headers: OutgoingHttpHeaders; body: string } {
  const version = '2026-07-28';
  const envelope = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name, arguments: input, _meta: envelope };
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  };
}

export class HttpStand {
  readonly reported: Error[] = [];
  private readonly clients: Client[] = [];

  private constructor(
    readonly endpoint: Endpoint,
    readonly server: ReturnType<typeof createServer>,
    readonly stop: AbortController,
  ) {}

  static async open(script: Partial<ControlPlane>): Promise<HttpStand> {
    const stop = new AbortController();
    const plane = scriptedControlPlane(script);
    const reported: Error[] = [];
    const pause = (): Promise<void> => Promise.resolve();
    const own = ownParts(async () => plane, {
      stop: stop.signal,
      pause,
      report: (error) => reported.push(error as Error),
    });
    const endpoint = new Endpoint({
      hosts: ['127.0.0.1', 'mcp.example.com'],
      origins: ['localhost', 'app.example.com'],
      verifier: new Tokens(Object.entries(TOKENS).map(([subject, token]) => ({ subject, token }))),
      serverFor: (subject) => createServerFactory({ version: '0.0.0', ...own(subject) }),
      updatesFor: (subject) => own(subject).updates,
      report: (error) => reported.push(error),
    });
    const server = createServer(endpoint.listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stand = new HttpStand(endpoint, server, stop);
    stand.reported.push(...reported);
    return stand;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async client(era: ClientOptions['era'], subject: keyof typeof TOKENS): Promise<Client> {
    const versionNegotiation = { mode: era === 'modern' ? 'auto' : 'legacy' } as const;
    const client = new Client({ name: 'tester', version: '1.2.3' }, { versionNegotiation });
    const requestInit = { headers: { authorization: `Bearer ${TOKENS[subject]}` } };
    const url = new URL(`http://127.0.0.1:${String(this.port)}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
    if (client.getProtocolEra() !== era) throw new Error(`the client speaks ${String(client.getProtocolEra())}`);
    this.clients.push(client);
    return client;
  }

  /** Resolves with the head of the answer; its body is still to be read. */
  async begin({ method = 'POST', path = '/mcp', headers = {}, body }: RawRequest = {}): Promise<IncomingMessage> {
    const outgoing = request({ port: this.port, host: '127.0.0.1', method, path, headers, agent: false });
    // Whoever is refused may be cut off while it still sends.
    outgoing.on('error', () => undefined);
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return incoming;
  }

  async ask(raw?: RawRequest): Promise<Answer> {
    const incoming = await this.begin(raw);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { statusCode = 0, headers } = incoming;
    return { status: statusCode, headers, text: Buffer.concat(chunks).toString() };
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await this.endpoint.close();
    this.server.close();
    this.server.closeAllConnections();
  }
}
