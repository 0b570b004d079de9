// The mcp protocol driver keeps the contract of protocol drivers with AgentDispatch's worker as it is built, as the worker's host
// and as a client that takes it for an agent like any other.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { startWorkerProgram } from './support/worker-program.js';

const common = {
  protocol: 'mcp',
  driver: await protocolDrivers.get('mcp'),
  startAgent: (script) => startWorkerProgram('mcp', script),
} satisfies Partial<Parameters<typeof runProtocolContract>[0]>;

runProtocolContract({
  ...common,
  test: (title, run) => it(title, run, 60_000),
  agent: 'worker',
  deduplicated: true,
});

runProtocolContract({
  ...common,
  test: (title, run) => it(`as a client that knows nothing of it: ${title}`, run, 60_000),
  impossible: {
    message: 'MCP has no message to a call that is under way; it takes answers to elicitation alone.',
    reconnect: 'A call of MCP whose connection broke cannot be found again.',
    replay: 'MCP has no cursor.',
    artifact: 'The worker names its files in the result of its tool, and gives them by another.',
  },
});
