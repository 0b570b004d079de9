// The operations that the fake serves, by SDK name. One that is missing here is answered as unknown and recorded;
// to serve it, write its file and add its line: method, path and members come from the SDK's schemas.
import { createAgentRuntime } from './create-agent-runtime.js';
import { deleteAgentRuntime } from './delete-agent-runtime.js';
import { createAgentRuntimeEndpoint, deleteAgentRuntimeEndpoint, listAgentRuntimeEndpoints } from './endpoints.js';
import { getAgentCard } from './get-agent-card.js';
import { getAgentRuntime } from './get-agent-runtime.js';
import { getAgentRuntimeEndpoint } from './get-agent-runtime-endpoint.js';
import { invokeAgentRuntime } from './invoke-agent-runtime.js';
import { invokeAgentRuntimeCommand } from './invoke-agent-runtime-command.js';
import { listAgentRuntimes } from './list-agent-runtimes.js';
import type { Operation } from './operation.js';
import { stopRuntimeSession } from './stop-runtime-session.js';
import { listTagsForResource, tagResource } from './tags.js';

export const SERVED: ReadonlyMap<string, Operation> = new Map([
  ['InvokeAgentRuntime', invokeAgentRuntime],
  ['InvokeAgentRuntimeCommand', invokeAgentRuntimeCommand],
  ['StopRuntimeSession', stopRuntimeSession],
  ['GetAgentCard', getAgentCard],
  ['GetAgentRuntime', getAgentRuntime],
  ['ListAgentRuntimes', listAgentRuntimes],
  ['GetAgentRuntimeEndpoint', getAgentRuntimeEndpoint],
  ['CreateAgentRuntime', createAgentRuntime],
  ['DeleteAgentRuntime', deleteAgentRuntime],
  ['CreateAgentRuntimeEndpoint', createAgentRuntimeEndpoint],
  ['ListAgentRuntimeEndpoints', listAgentRuntimeEndpoints],
  ['DeleteAgentRuntimeEndpoint', deleteAgentRuntimeEndpoint],
  ['ListTagsForResource', listTagsForResource],
  ['TagResource', tagResource],
]);
