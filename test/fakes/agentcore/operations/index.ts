// The operations that the fake serves, by SDK name. One that is missing here is answered as unknown and recorded;
// to serve it, write its file and add its line: method, path and members come from the SDK's schemas.
import { getAgentCard } from './get-agent-card.js';
import { getAgentRuntime } from './get-agent-runtime.js';
import { getAgentRuntimeEndpoint } from './get-agent-runtime-endpoint.js';
import { invokeAgentRuntime } from './invoke-agent-runtime.js';
import { listAgentRuntimes } from './list-agent-runtimes.js';
import type { Operation } from './operation.js';
import { stopRuntimeSession } from './stop-runtime-session.js';

export const SERVED: ReadonlyMap<string, Operation> = new Map([
  ['InvokeAgentRuntime', invokeAgentRuntime],
  ['StopRuntimeSession', stopRuntimeSession],
  ['GetAgentCard', getAgentCard],
  ['GetAgentRuntime', getAgentRuntime],
  ['ListAgentRuntimes', listAgentRuntimes],
  ['GetAgentRuntimeEndpoint', getAgentRuntimeEndpoint],
]);
