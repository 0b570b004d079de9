// What a later process needs of a call: to go on with it where it waits for an answer, or to have it cancelled. It stands in the
// handle, under a name of its own: an earlier task may have spoken another protocol.
import { isRecord } from '../../config/record.js';
import type { DriverEvent, Handle, Redactor } from '../../provider/index.js';
import type { OpenQuestion } from './questions.js';

/** A call that is over for now: the agent wants to be called again, with the answer. */
export interface OpenRound {
  readonly tool: string;
  /** How many questions were asked before this one. */
  readonly asked: number;
  readonly question: OpenQuestion;
  /** What the agent wants to be given back. */
  readonly requestState?: string;
}

/** A call that was sent, as far as it can be named. */
export interface SentCall {
  readonly requestId?: string | number;
  /** Of the revisions with sessions: without one a call cannot be named to another connection. */
  readonly sessionId?: string;
  readonly revision?: string;
}

export type McpConversation = { readonly open: OpenRound } | { readonly sent: SentCall };

export function conversationOf({ conversation }: Handle): McpConversation | undefined {
  const own = conversation?.['mcp'];
  return isRecord(own) && (isRecord(own['open']) || isRecord(own['sent']))
    ? (own as unknown as McpConversation)
    : undefined;
}

export const told = (handle: Handle, conversation: McpConversation): DriverEvent => ({
  type: 'handle',
  handle: { ...handle, conversation: { ...handle.conversation, mcp: conversation } },
});

/** A handle has little room, and is stored as it is. */
export function canBeKept(conversation: McpConversation, maxBytes: number, redactor: Redactor): boolean {
  const json = JSON.stringify(conversation);
  return Buffer.byteLength(json) <= maxBytes && redactor.text(json) === json;
}
