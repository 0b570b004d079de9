// The protocol driver `mcp` against agents on both SDK lines of MCP's own project: the first speaks only the older revisions, with
// sessions and without, the second the current one.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { type ProtocolContractOptions, runProtocolContract } from '@agent-dispatch/core/testing';
import { McpAgent } from './support/mcp-agent.js';
import { McpV2Agent } from './support/mcp-v2-agent.js';

const driver = await protocolDrivers.get('mcp');

const NEVER = {
  message: 'MCP has no message to a call that is under way; it takes answers to elicitation alone.',
  reconnect: 'A call of MCP whose connection broke cannot be found again.',
  replay: 'MCP has no cursor.',
};

type Agent = Pick<ProtocolContractOptions, 'startAgent' | 'impossible'>;

const AGENTS: Readonly<Record<string, Agent>> = {
  'SDK v1 with sessions': {
    startAgent: (script) => McpAgent.start(script, { hasSessions: true }),
    impossible: NEVER,
  },
  'SDK v1 without sessions, over a channel that knows POST alone': {
    startAgent: (script) => McpAgent.start(script, { hasSessions: false }),
    impossible: {
      ...NEVER,
      input_required: 'Without sessions a server of the older revisions cannot ask: no answer would find it.',
      cancel: 'Without sessions a call of the older revisions cannot be named to the server.',
    },
  },
  'SDK v2': { startAgent: (script) => McpV2Agent.start(script), impossible: NEVER },
};

for (const [name, agent] of Object.entries(AGENTS)) {
  runProtocolContract({
    test: (title, run) => it(`${name}: ${title}`, run, 60_000),
    protocol: 'mcp',
    driver,
    ...agent,
  });
}
