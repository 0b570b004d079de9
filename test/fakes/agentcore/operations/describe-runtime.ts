// What the control plane operations share: finding a runtime of the caller, and the members that all of them show.
import type { RuntimeRecord } from '../state/runtimes.js';
import { requiredText } from '../wire/bind-input.js';
import type { Output } from '../wire/encode-output.js';
import { notFound } from '../wire/service-error.js';
import type { Call, World } from './operation.js';

/** @throws ServiceError ResourceNotFoundException when the caller's account has no such runtime in this region. */
export function findRuntime(call: Call, world: World): RuntimeRecord {
  const id = requiredText(call.input, 'agentRuntimeId');
  const runtime = world.runtimes.findById(id, call.home);
  if (runtime === undefined) throw notFound(`Agent runtime ${id}`);
  return runtime;
}

export function summaryOf(runtime: RuntimeRecord): Output {
  return {
    agentRuntimeArn: runtime.arn,
    agentRuntimeId: runtime.id,
    agentRuntimeName: runtime.name,
    agentRuntimeVersion: runtime.version,
    description: `Agent runtime ${runtime.name}`,
    lastUpdatedAt: runtime.createdAt.toISOString(),
    status: runtime.status,
  };
}
