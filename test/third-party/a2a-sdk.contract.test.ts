// The protocol driver `a2a` against the server of the A2A SDK, in both versions that it speaks.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { type SdkVersion, startSdkAgent } from './support/a2a-sdk-agent.js';

const driver = await protocolDrivers.get('a2a');

for (const version of ['1.0', '0.3'] satisfies SdkVersion[]) {
  runProtocolContract({
    test: (title, run) => it(`${version}: ${title}`, run, 10_000),
    protocol: 'a2a',
    driver,
    startAgent: (script) => startSdkAgent({ version }, script),
  });
}
