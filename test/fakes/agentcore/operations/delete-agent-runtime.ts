// DeleteAgentRuntime: refused while the state changes or custom endpoints are left; else DELETING, and 404 some time later.
import { DEFAULT_ENDPOINT, type ResourceStatus } from '../state/runtimes.js';
import { text } from '../wire/bind-input.js';
import { notFound, ServiceError } from '../wire/service-error.js';
import { findRuntime } from './describe-runtime.js';
import type { Operation } from './operation.js';
import { repeatable } from './repeatable.js';

const CHANGING: readonly ResourceStatus[] = ['CREATING', 'UPDATING', 'DELETING'];

export const deleteAgentRuntime: Operation = (call, world) =>
  repeatable(call, world, () => {
    const runtime = findRuntime(call, world);
    const version = text(call.input, 'agentRuntimeVersion');
    if (version !== undefined && version !== runtime.version) throw notFound(`Version ${version} of ${runtime.id}`);
    refuseWhileChanging(`Agent runtime ${runtime.id}`, runtime.status);
    const custom = [...runtime.endpoints.keys()].filter((name) => name !== DEFAULT_ENDPOINT);
    if (custom.length > 0) {
      throw new ServiceError('ConflictException', `Agent runtime ${runtime.id} has endpoints: ${custom.join(', ')}`);
    }
    world.lifecycles.delete(runtime);
    return { status: 'DELETING', agentRuntimeId: runtime.id };
  });

/** @throws ServiceError ConflictException. */
export function refuseWhileChanging(what: string, status: ResourceStatus): void {
  if (CHANGING.includes(status)) throw new ServiceError('ConflictException', `${what} is in status ${status}`);
}
