// The protocol driver `a2a` against the server of the A2A SDK, in both versions that it speaks, with streams and without.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { type SdkAgentOptions, startSdkAgent } from './support/a2a-sdk-agent.js';

const driver = await protocolDrivers.get('a2a');

const SERVERS: Readonly<Record<string, SdkAgentOptions>> = {
  'version 1.0': { version: '1.0' },
  'version 0.3': { version: '0.3' },
  'version 1.0 without streams': { version: '1.0', streaming: false },
  'version 0.3 without streams': { version: '0.3', streaming: false },
};

for (const [name, options] of Object.entries(SERVERS)) {
  runProtocolContract({
    test: (title, run) => it(`${name}: ${title}`, run, 60_000),
    protocol: 'a2a',
    driver,
    startAgent: (script) => startSdkAgent(options, script),
  });
}
