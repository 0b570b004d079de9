// The mcp protocol driver keeps the contract of protocol drivers with AgentDispatch's worker as it is built, as a client that takes
// it for an agent like any other.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { startWorkerProgram } from './support/worker-program.js';

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'mcp',
  driver: await protocolDrivers.get('mcp'),
  startAgent: (script) => startWorkerProgram('mcp', script),
  impossible: {
    message: 'MCP has no message to a call that is under way; it takes answers to elicitation alone.',
    reconnect: 'A call of MCP whose connection broke cannot be found again.',
    replay: 'MCP has no cursor.',
    artifact: 'The worker names its files in the result of its tool, and gives them by another.',
  },
});
