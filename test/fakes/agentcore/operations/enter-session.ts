// The way into a session for every call that reaches a container: a dead or new session gets a fresh, empty microVM.
import { randomUUID } from 'node:crypto';
import type { Agent } from '../agents/agent.js';
import type { LiveVm, SessionKey } from '../state/sessions.js';
import { text } from '../wire/bind-input.js';
import { ServiceError } from '../wire/service-error.js';
import type { Call, World } from './operation.js';
import type { resolveServed } from './resolve-runtime.js';

export interface Entered {
  readonly key: SessionKey;
  readonly agent: Agent;
  readonly vm: LiveVm;
}

/** @throws ServiceError ServiceQuotaExceededException when a new microVM would be one too many. */
export function enterSession(call: Call, served: ReturnType<typeof resolveServed>, world: World): Entered {
  // The service makes up an id when the caller gives none.
  const key = { ...served, sessionId: text(call.input, 'runtimeSessionId') ?? randomUUID() };
  const { account, region } = served.runtime;
  if (!world.sessions.isAlive(key) && world.sessions.aliveIn(account, region) >= world.maxActiveSessions) {
    throw new ServiceError('ServiceQuotaExceededException', 'maxVms limit exceeded for account');
  }
  const agent = world.agentFor(served.runtime);
  return { key, agent, vm: world.sessions.enter(key, agent) };
}
