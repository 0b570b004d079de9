// The worker's face in AG-UI with our own driver before it: as a dispatcher that knows the worker, and as a client that takes it
// for an agent like any other.
import { it } from '@jest/globals';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { faceOnLoopback } from '../testdata/face-on-loopback.js';
import { createFace } from './ag-ui-face.js';

const driver = await protocolDrivers.get('ag-ui');

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'ag-ui',
  driver,
  startAgent: faceOnLoopback(createFace),
  agent: 'worker',
  deduplicated: true,
});

runProtocolContract({
  test: (title, run) => it(`as a stranger: ${title}`, run, 60_000),
  protocol: 'ag-ui',
  driver,
  startAgent: faceOnLoopback(createFace),
  impossible: {
    message: 'AG-UI has no message to a run that is under way; it takes answers to interrupts alone.',
    cancel: 'AG-UI has no request that stops a run.',
    reconnect: 'A stream of AG-UI that broke off cannot be entered again, and a run not be asked after.',
    replay: 'AG-UI has no cursor.',
    artifact: 'AG-UI carries no files.',
  },
});
