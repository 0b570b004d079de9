// GetAgentRuntime: one runtime with its status, and why it failed when it did.
import { text } from '../wire/bind-input.js';
import { notFound } from '../wire/service-error.js';
import { findRuntime, summaryOf } from './describe-runtime.js';
import type { Operation } from './operation.js';

export const getAgentRuntime: Operation = (call, world) => {
  const runtime = findRuntime(call, world);
  const version = text(call.input, 'agentRuntimeVersion');
  if (version !== undefined && version !== runtime.version) {
    throw notFound(`Version ${version} of agent runtime ${runtime.id}`);
  }
  return {
    ...summaryOf(runtime),
    createdAt: runtime.createdAt.toISOString(),
    roleArn: `arn:aws:iam::${runtime.account}:role/agent-execution`,
    failureReason: runtime.failureReason,
    networkConfiguration: { networkMode: 'PUBLIC' },
    ...(runtime.authorization === 'bearer' && {
      authorizerConfiguration: { customJWTAuthorizer: { discoveryUrl: 'https://id.example' } },
    }),
    ...runtime.shown,
    protocolConfiguration: { serverProtocol: runtime.protocol },
    lifecycleConfiguration: {
      idleRuntimeSessionTimeout: runtime.idleSeconds,
      maxLifetime: runtime.maxLifetimeSeconds,
    },
  };
};
