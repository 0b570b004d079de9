// The a2a protocol driver keeps the contract of protocol drivers with AgentDispatch's worker as it is built, as a caller who knows
// nothing of it.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { startWorkerProgram } from './support/worker-program.js';

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'a2a',
  driver: await protocolDrivers.get('a2a'),
  startAgent: (script) => startWorkerProgram('a2a', script),
  deduplicated: true,
});
