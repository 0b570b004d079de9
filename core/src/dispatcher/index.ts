// The process that owns a state directory, as front doors find it. What the process itself is made of stays inside.
export { ask, sayHello } from './ask.js';
export { baseEnvironment, pick } from './environment.js';
export { isDead, lookForDispatcher } from './find-dispatcher.js';
export { ownHello, type DispatcherStatus, type HelloAnswer } from './hello.js';
export { forceOut, untilStopped } from './make-way.js';
export { makeWayForOwn, reachDispatcher, type Reached } from './reach-dispatcher.js';
export { RemoteControlPlane } from './remote-control-plane.js';
export { packageVersion, REPORT_FD, startDispatcher, type StartReport } from './start-dispatcher.js';
