// Create, list and delete of a runtime's endpoints. DEFAULT comes and goes with the runtime.
import { DEFAULT_ENDPOINT, type EndpointRecord, NAME_PATTERN, type RuntimeRecord } from '../state/runtimes.js';
import { requiredText } from '../wire/bind-input.js';
import type { Output } from '../wire/encode-output.js';
import { invalidFields, notFound, ServiceError } from '../wire/service-error.js';
import { refuseWhileChanging } from './delete-agent-runtime.js';
import { findRuntime } from './describe-runtime.js';
import type { Operation } from './operation.js';
import { pageOf } from './page.js';
import { repeatable } from './repeatable.js';

export const createAgentRuntimeEndpoint: Operation = (call, world) =>
  repeatable(call, world, () => {
    const runtime = findRuntime(call, world);
    const name = requiredText(call.input, 'name');
    if (!NAME_PATTERN.test(name))
      throw invalidFields([{ name: 'name', message: `Member must match ${NAME_PATTERN.source}` }]);
    if (runtime.endpoints.has(name)) {
      throw new ServiceError('ConflictException', `Endpoint ${name} of ${runtime.id} exists already`);
    }
    const endpoint: EndpointRecord = { name, status: 'CREATING', failureReason: undefined };
    runtime.endpoints.set(name, endpoint);
    world.lifecycles.createEndpoint(endpoint);
    const { targetVersion, agentRuntimeArn, agentRuntimeEndpointArn, createdAt } = describeEndpoint(runtime, endpoint);
    const members = { targetVersion, agentRuntimeArn, agentRuntimeEndpointArn, createdAt };
    return { ...members, agentRuntimeId: runtime.id, endpointName: name, status: 'CREATING' };
  });

export const listAgentRuntimeEndpoints: Operation = (call, world) => {
  const runtime = findRuntime(call, world);
  const { items, nextToken } = pageOf([...runtime.endpoints.values()], call);
  return { runtimeEndpoints: items.map((endpoint) => describeEndpoint(runtime, endpoint)), nextToken };
};

export const deleteAgentRuntimeEndpoint: Operation = (call, world) =>
  repeatable(call, world, () => {
    const runtime = findRuntime(call, world);
    const endpointName = requiredText(call.input, 'endpointName');
    const endpoint = runtime.endpoints.get(endpointName);
    if (endpoint === undefined) throw notFound(`Endpoint ${endpointName} of agent runtime ${runtime.id}`);
    if (endpointName === DEFAULT_ENDPOINT) {
      throw new ServiceError('ConflictException', 'The endpoint DEFAULT goes with its agent runtime');
    }
    refuseWhileChanging(`Endpoint ${endpointName}`, endpoint.status);
    world.lifecycles.deleteEndpoint(runtime, endpoint);
    return { status: 'DELETING', agentRuntimeId: runtime.id, endpointName };
  });

export function describeEndpoint(runtime: RuntimeRecord, { name, status, failureReason }: EndpointRecord): Output {
  const at = runtime.createdAt.toISOString();
  return {
    name,
    id: name,
    agentRuntimeArn: runtime.arn,
    agentRuntimeEndpointArn: `${runtime.arn}/runtime-endpoint/${name}`,
    status,
    failureReason,
    liveVersion: runtime.version,
    targetVersion: runtime.version,
    createdAt: at,
    lastUpdatedAt: at,
  };
}
