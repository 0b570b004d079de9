// What the agent's first answer says of how its task is found again.
import type { DriverContext } from '../../provider/index.js';
import type { Begun } from './begin.js';
import { type Conversation, contextIdOf } from './conversation.js';
import { bootIdIn } from './extension.js';
import type { AgentEvent } from './reader.js';

/** As far as the first answer says. */
export function conversationIn({ agent, streaming, first }: Begun, context: DriverContext): Conversation {
  const { version, tenant } = agent;
  const { taskId, contextId, bootId } = namesIn(first);
  return {
    version,
    tenant,
    streaming,
    contextId: contextId === '' ? contextIdOf(context) : contextId,
    ...(taskId !== '' && { taskId }),
    ...(bootId !== undefined && { bootId }),
  };
}

function namesIn({ event: { payload } }: AgentEvent): { taskId: string; contextId: string; bootId?: string } {
  switch (payload?.$case) {
    case 'task': {
      const { id: taskId, contextId, metadata } = payload.value;
      const bootId = bootIdIn(metadata);
      return { taskId, contextId, ...(bootId !== undefined && { bootId }) };
    }
    case 'message':
      // A message of its own is the whole answer; a task that it may name is over.
      return { taskId: '', contextId: payload.value.contextId };
    case 'statusUpdate':
    case 'artifactUpdate':
      return { taskId: payload.value.taskId, contextId: payload.value.contextId };
    case undefined:
    default:
      return { taskId: '', contextId: '' };
  }
}
