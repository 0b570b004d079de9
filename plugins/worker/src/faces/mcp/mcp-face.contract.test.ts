// The worker's face in MCP with our own driver before it: as a dispatcher that knows the worker, and as a client that takes it
// for an agent like any other.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { faceOnLoopback } from '../testdata/face-on-loopback.js';
import { createFace } from './mcp-face.js';

const driver = await protocolDrivers.get('mcp');

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'mcp',
  driver,
  startAgent: faceOnLoopback(createFace),
  agent: 'worker',
  deduplicated: true,
});

runProtocolContract({
  test: (title, run) => it(`as a stranger: ${title}`, run, 60_000),
  protocol: 'mcp',
  driver,
  startAgent: faceOnLoopback(createFace),
  impossible: {
    message: 'MCP has no message to a call that is under way; it takes answers to elicitation alone.',
    reconnect: 'A call of MCP whose connection broke cannot be found again.',
    replay: 'MCP has no cursor.',
    artifact: 'The worker names its files in the result of its tool, and gives them by another.',
  },
});
