// What the handle keeps of a conversation over A2A: all that is needed to find the agent's task again in a fresh process.
import { createHash } from 'node:crypto';
import type { Handle } from '@agent-dispatch/schemas';
import type { DriverContext, PlanContext } from '../../provider/index.js';
import type { Version } from './dialect.js';

export interface Conversation {
  readonly version: Version;
  /** Whether the agent can be subscribed to. */
  readonly streaming: boolean;
  readonly tenant: string;
  /** The agent's, once it has said it; ours before. */
  readonly contextId: string;
  /** The agent's own name for its task. Absent where it answered at once, without one. */
  readonly taskId?: string;
  /** Of AgentDispatch's worker. */
  readonly bootId?: string;
}

export function readConversation({ conversation = {} }: Handle): Conversation | undefined {
  const { version, streaming, tenant, contextId, taskId, bootId } = conversation;
  if ((version !== '1.0' && version !== '0.3') || typeof contextId !== 'string') return undefined;
  return {
    version,
    streaming: streaming === true,
    tenant: typeof tenant === 'string' ? tenant : '',
    contextId,
    ...(typeof taskId === 'string' && { taskId }),
    ...(typeof bootId === 'string' && { bootId }),
  };
}

export const withConversation = (handle: Handle, conversation: Conversation): Handle => ({
  ...handle,
  conversation: { ...conversation },
});

/** The context of the task that this one goes on from, else one of our own: the same however often it is asked. */
export function contextIdOf(context: PlanContext): string {
  const { continued } = context;
  const earlier = continued && readConversation(continued.handle)?.contextId;
  return earlier ?? `ctx_${digestOf(context)}`;
}

/** Names the message that begins the work, so that an agent which looks at it begins nothing twice. */
export const messageIdOf = (context: Attempt): string => `msg_${digestOf(context)}`;

type Attempt = Pick<DriverContext, 'installationId' | 'taskId' | 'attempt'>;

const digestOf = ({ installationId, taskId, attempt }: Attempt): string =>
  createHash('sha256')
    .update(JSON.stringify([installationId, taskId, attempt]))
    .digest('hex')
    .slice(0, 32);
