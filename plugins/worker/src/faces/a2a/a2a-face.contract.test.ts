// The worker's face in A2A with our own driver before it, over runs in memory.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract, type AgentScript, type ScriptedAgent } from '@agent-dispatch/core/testing';
import { MemoryRuns } from '@agent-dispatch/test/fakes/runs/memory-runs.js';
import { createFace } from './a2a-face.js';

async function startAgent(script: AgentScript): Promise<ScriptedAgent> {
  const runs = new MemoryRuns(script);
  const face = createFace(runs);
  const server = createServer((request, response) => {
    if (face.accepts(request)) void face.serve(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    channel: { fetch: (path, request) => fetch(`http://127.0.0.1:${port}${path}`, request) },
    dropConnections: () => server.closeAllConnections(),
    close: async () => {
      await runs.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'a2a',
  driver: await protocolDrivers.get('a2a'),
  startAgent,
  agent: 'worker',
  deduplicated: true,
});
