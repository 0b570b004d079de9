// The protocol drivers keep their contract through the AWS provider's channel: the real SDK, the fake AgentCore, and the worker
// as it is built in the container of the session.
import { fileURLToPath } from 'node:url';
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { type AgentScript, runProtocolContract, type ScriptedAgent } from '@agent-dispatch/core/testing';
import { startFakeAgentCore, workerContainer } from '../fakes/agentcore/index.js';
import { channelTo } from './support/aws-channel.js';
import { Puppets } from './support/puppets.js';

const PUPPET = fileURLToPath(new URL('support/puppet.mjs', import.meta.url));
const SERVED = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI' } as const;
type Spoken = keyof typeof SERVED;

async function startAgent(protocol: Spoken, script: AgentScript): Promise<ScriptedAgent> {
  const puppets = await Puppets.start(script);
  const command = [process.execPath, PUPPET, String(puppets.port)];
  const { agent } = workerContainer({ agents: { puppet: { command, output: 'events' } } });
  const fake = await startFakeAgentCore({
    agents: { researcher: agent },
    runtimes: [{ name: 'researcher', protocol: SERVED[protocol], allowedHeaders: ['A2A-Version', 'A2A-Extensions'] }],
  });
  const { channel, close } = await channelTo(fake, protocol);
  return {
    channel,
    dropConnections: () => fake.cutConnections(),
    close: async () => {
      await close();
      await fake.close();
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
    startAgent: (script) => startAgent(protocol, script),
    deduplicated: true,
  });
}
