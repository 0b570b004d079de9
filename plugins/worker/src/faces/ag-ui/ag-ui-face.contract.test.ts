// The worker's face in AG-UI with our own driver before it, over runs in memory: as a dispatcher that knows the worker, and as a
// client that takes it for an agent like any other.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract, type AgentScript, type ScriptedAgent } from '@agent-dispatch/core/testing';
import { MemoryRuns } from '@agent-dispatch/test/fakes/runs/memory-runs.js';
import { createFace } from './ag-ui-face.js';

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

const driver = await protocolDrivers.get('ag-ui');

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'ag-ui',
  driver,
  startAgent,
  agent: 'worker',
  deduplicated: true,
});

runProtocolContract({
  test: (title, run) => it(`as a stranger: ${title}`, run, 60_000),
  protocol: 'ag-ui',
  driver,
  startAgent,
  impossible: {
    message: 'AG-UI has no message to a run that is under way; it takes answers to interrupts alone.',
    cancel: 'AG-UI has no request that stops a run.',
    reconnect: 'A stream of AG-UI that broke off cannot be entered again, and a run not be asked after.',
    replay: 'AG-UI has no cursor.',
    artifact: 'AG-UI carries no files.',
  },
});
