// The fake's public face for tests. What is not named here is inner working.
export {
  type Agent,
  type AgentAnswer,
  type AgentHandler,
  type AgentRequest,
  type CommandEvent,
  type CommandHandler,
  type CommandRequest,
  json,
  type MicroVm,
  raw,
  sse,
} from './agents/agent.js';
export { type Container, container, workerContainer } from './agents/container.js';
export { forwardTo } from './agents/forward.js';
export {
  endlessAgent,
  failingAgent,
  gatedScript,
  type GatedScript,
  jsonAgent,
  silentAgent,
  timedScript,
} from './agents/scripts.js';
export { scriptedCommand } from './agents/shell.js';
export { type Clock, ManualClock, systemClock } from './clock.js';
export type { Fault, FaultCandidate, FaultOrder } from './faults.js';
export type { ExecutionRecord, RequestRecord } from './request-log.js';
export type { Durations, FailureOrder } from './state/lifecycles.js';
export type { RuntimeRecord, RuntimeSeed } from './state/runtimes.js';
export type { SessionState, SessionView } from './state/sessions.js';
export { eventFrame } from './wire/event-stream.js';
export { FAKE_CREDENTIALS, type FakeAgentCore, type FakeOptions, startFakeAgentCore } from './start.js';
