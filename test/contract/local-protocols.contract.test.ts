// The protocol drivers keep their contract through the local provider's channel: a worker as it is built, under its shim, with the
// token of its attempt.
import { fileURLToPath } from 'node:url';
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { type AgentScript, runProtocolContract, type ScriptedAgent } from '@agent-dispatch/core/testing';
import { openAttempt } from './support/local-attempt.js';
import { Puppets } from './support/puppets.js';

const PUPPET = fileURLToPath(new URL('support/puppet.mjs', import.meta.url));
const PROTOCOLS = ['http', 'a2a', 'mcp', 'ag-ui'] as const;

async function startAttempt(protocol: (typeof PROTOCOLS)[number], script: AgentScript): Promise<ScriptedAgent> {
  const puppets = await Puppets.start(script);
  const attempt = await openAttempt(protocol, [process.execPath, PUPPET, String(puppets.port)]);
  const close = async (): Promise<void> => {
    await attempt.close();
    await puppets.close();
  };
  return { ...attempt, close };
}

for (const protocol of PROTOCOLS) {
  runProtocolContract({
    test: (title, run) => it(`${protocol}: ${title}`, run, 60_000),
    protocol,
    agent: 'worker',
    driver: await protocolDrivers.get(protocol),
    startAgent: (script) => startAttempt(protocol, script),
    deduplicated: true,
  });
}
