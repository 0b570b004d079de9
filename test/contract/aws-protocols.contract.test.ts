// The protocol drivers keep their contract through the AWS provider's channel: the real SDK, the fake AgentCore, and the worker
// as it is built in the container of the session.
import { fileURLToPath } from 'node:url';
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { type AgentScript, runProtocolContract, type ScriptedAgent } from '@agent-dispatch/core/testing';
import { type Agent, forwardTo, startFakeAgentCore, workerContainer } from '../fakes/agentcore/index.js';
import { McpAgent } from '../third-party/support/mcp-agent.js';
import { channelTo, type Spoken } from './support/aws-channel.js';
import { Puppets } from './support/puppets.js';

const PUPPET = fileURLToPath(new URL('support/puppet.mjs', import.meta.url));
const SERVED = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI' } as const;

/** A session of a runtime with this agent. @param isWorker whether it is ours. */
async function sessionWith(protocol: Spoken, agent: Agent, isWorker: boolean): Promise<ScriptedAgent> {
  const fake = await startFakeAgentCore({
    agents: { researcher: agent },
    runtimes: [{ name: 'researcher', protocol: SERVED[protocol], allowedHeaders: ['A2A-Version', 'A2A-Extensions'] }],
  });
  const { channel, close } = await channelTo(fake, protocol, isWorker);
  return {
    channel,
    dropConnections: () => fake.cutConnections(),
    close: async () => {
      await close();
      await fake.close();
    },
  };
}

async function startWorker(protocol: Spoken, script: AgentScript): Promise<ScriptedAgent> {
  const puppets = await Puppets.start(script);
  const command = [process.execPath, PUPPET, String(puppets.port)];
  const { agent } = workerContainer({ agents: { puppet: { command, output: 'events' } } });
  const session = await sessionWith(protocol, agent, true);
  return {
    ...session,
    close: async () => {
      await session.close();
      await puppets.close();
    },
  };
}

for (const protocol of ['http', 'a2a', 'mcp', 'ag-ui'] satisfies Spoken[]) {
  const driver = await protocolDrivers.get(protocol);
  runProtocolContract({
    test: (title, run) => it(`${protocol}: ${title}`, run, 60_000),
    protocol,
    agent: 'worker',
    driver,
    startAgent: (script) => startWorker(protocol, script),
    deduplicated: true,
  });
}

// With sessions, and refusals by status of what it does not know.
runProtocolContract({
  test: (title, run) => it(`an MCP server of another make: ${title}`, run, 60_000),
  protocol: 'mcp',
  driver: await protocolDrivers.get('mcp'),
  startAgent: async (script) => {
    const agent = await McpAgent.start(script, { hasSessions: true });
    const session = await sessionWith('mcp', forwardTo(agent.url), false);
    return {
      ...session,
      close: async () => {
        await session.close();
        await agent.close();
      },
    };
  },
  impossible: {
    message: 'MCP has no message to a call that is under way; it takes answers to elicitation alone.',
    reconnect: 'A call of MCP whose connection broke cannot be found again.',
    replay: 'MCP has no cursor.',
  },
});
