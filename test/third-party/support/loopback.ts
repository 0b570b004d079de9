// A server on a loopback port, as an agent of the kit has it beneath its protocol.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ScriptedAgent } from '@agent-dispatch/core/testing';

export interface Loopback extends Pick<ScriptedAgent, 'dropConnections' | 'close'> {
  /** Without a path. */
  readonly url: string;
}

export async function loopback(serve: RequestListener): Promise<Loopback> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropConnections: () => server.closeAllConnections(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
