// The handle of one attempt: the session it runs in. All of it is chosen before anything is sent, because the service has no
// way to list sessions: one whose id is not stored can be neither found nor stopped.
import { createHash } from 'node:crypto';
import type { Handle, PlanContext, Resource } from '@agent-dispatch/core/provider';
import type { SessionAddress } from '../aws/data-plane.js';
import type { RuntimeTarget } from './target.js';

export const SESSION_KIND = 'agentcore-session';

const VERSION = 1;

export function planHandle(target: RuntimeTarget, context: PlanContext): Handle {
  const { runtimeArn, qualifier, maxLifetimeSeconds } = target;
  const sessionId = sessionIdFor(context);
  const session: Resource = {
    id: sessionId,
    kind: SESSION_KIND,
    scope: 'attempt',
    // A session begins before the deadline, and the service ends it after its runtime's longest lifetime.
    expiresAt: context.deadline + maxLifetimeSeconds * 1000,
  };
  const address: SessionAddress = { runtimeArn, qualifier, sessionId };
  return { version: VERSION, data: { ...address }, resources: [session] };
}

export function addressOf(handle: Handle): SessionAddress {
  return handle.data as unknown as SessionAddress;
}

/**
 * 33 to 256 characters are allowed; letters, digits and hyphens are safe. The readable part is for people who look at the
 * service's logs, the digest keeps installations, tasks and attempts apart.
 */
function sessionIdFor({ installationId, taskId, attempt }: PlanContext): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([installationId, taskId, attempt]))
    .digest('hex');
  const readable = taskId.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 64);
  return `agentdispatch-${readable}-${attempt}-${digest.slice(0, 32)}`;
}
