// An MCP client and our server in one process, in the protocol era of choice.
import type { ControlPlane } from '@agent-dispatch/core';
import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { ControlPlaneLink } from '../control-plane-link.js';
import { createServerFactory, type ServerParts } from '../server.js';

export const ERAS = ['legacy', 'modern'] as const;

export interface ClientOptions extends Omit<ServerParts, 'version' | 'link'> {
  era: (typeof ERAS)[number];
  name?: string;
  connect: () => Promise<ControlPlane>;
}

export async function connectedClient({ era, name = 'tester', connect, ...parts }: ClientOptions): Promise<Client> {
  const link = new ControlPlaneLink(connect);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  serveStdio(createServerFactory({ version: '0.0.0', link, ...parts }), { transport: ours });
  const versionNegotiation = { mode: era === 'modern' ? 'auto' : 'legacy' } as const;
  const client = new Client({ name, version: '1.2.3' }, { versionNegotiation });
  await client.connect(theirs);
  if (client.getProtocolEra() !== era) throw new Error(`the client speaks the ${String(client.getProtocolEra())} era`);
  return client;
}
