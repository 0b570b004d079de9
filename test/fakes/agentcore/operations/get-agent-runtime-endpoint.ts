// GetAgentRuntimeEndpoint: one endpoint of a runtime, `DEFAULT` included, with its status.
import { requiredText } from '../wire/bind-input.js';
import { notFound } from '../wire/service-error.js';
import { findRuntime } from './describe-runtime.js';
import { describeEndpoint } from './endpoints.js';
import type { Operation } from './operation.js';

export const getAgentRuntimeEndpoint: Operation = (call, world) => {
  const runtime = findRuntime(call, world);
  const name = requiredText(call.input, 'endpointName');
  const endpoint = runtime.endpoints.get(name);
  if (endpoint === undefined) throw notFound(`Endpoint ${name} of agent runtime ${runtime.id}`);
  return describeEndpoint(runtime, endpoint);
};
