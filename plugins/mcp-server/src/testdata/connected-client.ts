// An MCP client and our server in one process, in the protocol era of choice.
import type { ControlPlane } from '@agent-dispatch/core';
import { Client, type ClientOptions as SdkOptions } from '@modelcontextprotocol/client';
import { InMemoryTransport, type Transport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { ControlPlaneLink } from '../control-plane-link.js';
import { ListeningTransport } from '../resources/listening-transport.js';
import { ResourceUpdates } from '../resources/resource-updates.js';
import { createServerFactory, type ServerParts } from '../server.js';

export const ERAS = ['legacy', 'modern'] as const;

export interface ServedOptions extends Omit<ServerParts, 'version' | 'link' | 'updates' | 'report'> {
  connect: () => Promise<ControlPlane>;
  /** Of the news about resources. Default: none. */
  pause?: (ms: number) => Promise<void>;
  report?: (error: unknown) => void;
}

export interface ClientOptions extends ServedOptions {
  era: (typeof ERAS)[number];
  name?: string;
  capabilities?: SdkOptions['capabilities'];
  /** Before it connects: what it listens for and answers. */
  prepare?: (client: Client) => void;
}

/** Serves a connection as stdio is served. Returns the client's end. */
export function served({ connect, pause, report = () => undefined, ...parts }: ServedOptions): Transport {
  const link = new ControlPlaneLink(connect);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const controlPlane = (): Promise<ControlPlane> => link.controlPlane();
  const updates = new ResourceUpdates(controlPlane, { report, pause: pause ?? (() => Promise.resolve()) });
  const factory = createServerFactory({ version: '0.0.0', link, ...parts, updates, report });
  serveStdio(factory, { transport: new ListeningTransport(ours, updates), onerror: report });
  return theirs;
}

export async function connectedClient({
  era,
  name = 'tester',
  capabilities = {},
  prepare,
  ...options
}: ClientOptions): Promise<Client> {
  const versionNegotiation = { mode: era === 'modern' ? 'auto' : 'legacy' } as const;
  const client = new Client({ name, version: '1.2.3' }, { versionNegotiation, capabilities });
  prepare?.(client);
  await client.connect(served(options));
  if (client.getProtocolEra() !== era) throw new Error(`the client speaks the ${String(client.getProtocolEra())} era`);
  return client;
}
