// The thread of a task on an agent that we did not write: what a later process or a follow-up task needs to go on in it. It
// stands in the handle, under a name of its own: an earlier task may have spoken another protocol.
import { createHash } from 'node:crypto';
import { isRecord } from '../../config/record.js';
import type { DriverContext, Handle } from '../../provider/index.js';
import type { OpenQuestion } from './questions.js';

export interface AgUiConversation {
  readonly threadId: string;
  /** How many runs were asked for in this task. The latest may be under way, or may not have been sent. */
  readonly run: number;
  /** The latest run has ended with it; the next one brings the answer. */
  readonly open?: OpenQuestion;
}

type Names = Pick<DriverContext, 'installationId' | 'taskId' | 'attempt'>;

/** A follow-up goes on in the thread of the task before it. */
export function newConversation(context: Names & Pick<DriverContext, 'continued'>): AgUiConversation {
  const earlier = context.continued && conversationOf(context.continued.handle);
  return { threadId: earlier?.threadId ?? idOf(context, 'thread'), run: 1 };
}

export function conversationOf({ conversation }: Handle): AgUiConversation | undefined {
  const own = conversation?.['agUi'];
  return isRecord(own) && typeof own['threadId'] === 'string' ? (own as unknown as AgUiConversation) : undefined;
}

export const withConversation = (handle: Handle, conversation: AgUiConversation): Handle => ({
  ...handle,
  conversation: { ...handle.conversation, agUi: conversation },
});

/** The same for the same names, in whatever process. A UUID, for there are agents that take no other ids. */
export function idOf({ installationId, taskId, attempt }: Names, ...more: (string | number)[]): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([installationId, taskId, attempt, ...more]))
    .digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
