// The a2a protocol driver keeps the contract of protocol drivers with AgentDispatch's worker as it is built, as the worker's host
// and as any other caller.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { startWorkerProgram } from './support/worker-program.js';

const common = {
  protocol: 'a2a',
  driver: await protocolDrivers.get('a2a'),
  startAgent: (script) => startWorkerProgram('a2a', script),
  deduplicated: true,
} satisfies Partial<Parameters<typeof runProtocolContract>[0]>;

runProtocolContract({ ...common, test: (title, run) => it(title, run, 60_000), agent: 'worker' });
runProtocolContract({
  ...common,
  test: (title, run) => it(`as a caller who knows nothing of it: ${title}`, run, 60_000),
});
