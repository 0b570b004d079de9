// The http protocol driver keeps the contract of protocol drivers with AgentDispatch's worker as it is built.
import { it } from '@jest/globals';
import { httpProtocolDriver } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { startWorkerProgram } from './support/worker-program.js';

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'http',
  agent: 'worker',
  driver: httpProtocolDriver,
  startAgent: (script) => startWorkerProgram('http', script),
  deduplicated: true,
});
