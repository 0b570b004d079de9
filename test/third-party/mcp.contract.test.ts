// The protocol driver `mcp` against an agent on the first SDK line of MCP's own project, which speaks only the older revisions.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { McpAgent } from './support/mcp-agent.js';

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'mcp',
  driver: await protocolDrivers.get('mcp'),
  startAgent: (script) => McpAgent.start(script),
  impossible: {
    message: 'MCP has no message to a call that is under way; it takes answers to elicitation alone.',
    cancel: 'Whoever stops a task has let go of its connection, on which alone a call could be cancelled.',
    reconnect: 'A call of MCP whose connection broke cannot be found again.',
    replay: 'MCP has no cursor.',
    artifact: 'Files that a server puts into its result are not taken.',
  },
});
