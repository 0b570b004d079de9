import { it } from '@jest/globals';
import { runProtocolContract } from '../../../testing/index.js';
import { httpProtocolDriver } from '../http-driver.js';
import { LoopbackWorker } from '../testdata/loopback-worker.js';

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'http',
  agent: 'worker',
  driver: httpProtocolDriver,
  startAgent: (script) => LoopbackWorker.start(script),
  deduplicated: true,
});
