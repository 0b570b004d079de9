// The process that owns a state directory, and the way to it.
export { baseEnvironment, pick } from './environment.js';
export { ask, dispatcherGone, findDispatcher, killDispatcher, sayHello } from './find-dispatcher.js';
export { PROTOCOL, type DispatcherStatus } from './hello.js';
export { RemoteControlPlane } from './remote-control-plane.js';
export { DispatcherServer } from './server.js';
export { newSocketPath, removeOtherSockets } from './socket-path.js';
export { packageVersion, REPORT_FD, startDispatcher, type StartReport } from './start-dispatcher.js';
