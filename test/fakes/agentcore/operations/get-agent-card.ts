// GetAgentCard: asks an A2A container for its card. Like every call into a container it boots or revives the session.
import type { Agent, MicroVm } from '../agents/agent.js';
import { invalidFields } from '../wire/service-error.js';
import { enterSession } from './enter-session.js';
import { containerError } from './execute.js';
import type { Operation } from './operation.js';
import { resolveServed } from './resolve-runtime.js';

export const getAgentCard: Operation = async (call, world) => {
  const served = resolveServed(call, world);
  const { protocol } = served.runtime;
  if (protocol !== 'A2A') {
    throw invalidFields([{ name: 'agentRuntimeArn', message: `Agent runtime must speak A2A, not ${protocol}` }]);
  }
  const { key, agent, vm } = enterSession(call, served, world);
  const leave = world.sessions.occupy(key, vm, { counts: false });
  try {
    return { agentCard: await readCard(agent, vm), runtimeSessionId: key.sessionId, statusCode: 200 };
  } finally {
    leave();
  }
};

async function readCard(agent: Agent, vm: MicroVm): Promise<unknown> {
  if (agent.card === undefined) throw containerError(404);
  try {
    return await agent.card(vm);
  } catch {
    // How a container fails is its own business: the caller sees a failed container.
    throw containerError(500);
  }
}
