// The agent's task of an attempt, as far as it can be named without asking anybody.
import type { Handle } from '@agent-dispatch/schemas';
import type { Channel, DriverContext } from '../../provider/index.js';
import { invocationIdOf } from '../worker/task.js';
import { Agent } from './agent.js';
import { type Conversation, contextIdOf, readConversation } from './conversation.js';
import type { A2aLimits } from './limits.js';

/** Our worker is told the name of its task, and may have begun it before we heard. */
export function knownTask(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  limits: A2aLimits,
): { readonly agent: Agent; readonly taskId: string; readonly contextId: string } | undefined {
  const known: Conversation = readConversation(handle) ?? {
    version: '1.0',
    tenant: '',
    streaming: true,
    contextId: contextIdOf(context),
  };
  const { contextId, taskId = context.agent === 'worker' ? invocationIdOf(context) : undefined } = known;
  return taskId === undefined ? undefined : { agent: new Agent(channel, { ...known, limits }), taskId, contextId };
}
