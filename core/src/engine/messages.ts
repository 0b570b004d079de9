// Messages to the work: stored before they are sent, one at a time, in order. A message that may have been sent is sent
// again only where the offer declares that a repetition has no second effect.
import { createHash } from 'node:crypto';
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { Receipt } from '../provider/index.js';
import type { Draft } from './draft.js';

type SentMessage = NonNullable<TaskRecord['messages']>[number];

/** A message as `send_message` posts it. */
export interface GivenMessage {
  messageId: string;
  text: string;
  requestId?: string;
}

/** Settled messages that a record remembers. */
const REMEMBERED = 20;
/** All messages that wait, as they stand in the record. Bytes of JSON. */
const MAX_WAITING = 64 * 1024;

const ENDED = 'the task ended before the message reached the work';
const CLOSED = 'the question was answered or withdrawn before the message reached the work';

/** What makes two messages of one id the same. */
export const messageDigest = ({ text, requestId }: Pick<GivenMessage, 'text' | 'requestId'>): string =>
  createHash('sha256')
    .update(JSON.stringify([text, requestId ?? null]))
    .digest('hex');

/** Takes a message in. What cannot reach the work is rejected at once, with the reason. */
export function messageGiven(draft: Draft, { messageId, text, requestId }: GivenMessage): void {
  const { record, now } = draft;
  if (record.messages?.some((message) => message.messageId === messageId)) return;
  const about = { messageId, ...(requestId !== undefined && { requestId }) };
  draft.event({ type: 'message', role: 'user', message: text, ...about });
  const digest = messageDigest({ text, requestId });
  const message: SentMessage = { ...about, digest, text, state: 'waiting', at: now };
  const reason = whyNot(draft, message);
  record.messages = remembered([...(record.messages ?? []), message]);
  if (reason !== undefined) settle(draft, message, { state: 'rejected', reason });
}

function whyNot({ record, terminal, status }: Draft, message: SentMessage): string | undefined {
  const { requestId } = message;
  const { route, request, messages = [], inputRequests = [] } = record;
  if (terminal || status === 'cancelling' || status === 'completing') return 'the task has ended or is about to end';
  if ((route.send ?? 'unsupported') === 'unsupported')
    return `${route.provider}/${route.driver} cannot be spoken to over ${request.target.protocol}; cancel the task and start a new one that carries the message`;
  if (requestId !== undefined && !inputRequests.some((asked) => asked.requestId === requestId)) {
    const open = inputRequests.map((asked) => asked.requestId).join(', ');
    return `the work does not ask ${JSON.stringify(requestId)}; ${open === '' ? 'it asks nothing now' : `it asks ${open}`}`;
  }
  const waiting = messages.filter(isOpen).reduce((sum, one) => sum + room(one), room(message));
  return waiting > MAX_WAITING ? 'too much is waiting to be sent to the work; send it again later' : undefined;
}

const room = (message: SentMessage): number => Buffer.byteLength(JSON.stringify(message));

/** One at a time. */
export const sendingMessage = ({ messages }: TaskRecord): SentMessage | undefined =>
  messages?.find(({ state }) => state === 'sending');

/** What became of the message that was being sent. */
export function messageSent(draft: Draft, messageId: string, receipt: Receipt): void {
  const message = draft.record.messages?.find((one) => one.messageId === messageId);
  if (message?.state === 'sending') settle(draft, message, receipt);
}

/** What waits to answer a question that is open no more does not reach the work: it would be taken for something else. */
export function questionClosed(draft: Draft, requestId: string): void {
  const late = draft.record.messages?.filter((one) => one.requestId === requestId && one.state === 'waiting') ?? [];
  for (const message of late) settle(draft, message, { state: 'rejected', reason: CLOSED });
}

/**
 * Nobody knows how far a former process came with the message that it was sending: it is sent again or unknown, and never
 * waits like one that was not sent. After the rest of the recovery, which may end the task.
 */
export function recoverMessages(draft: Draft, messageId: string | undefined): void {
  const message = draft.record.messages?.find((one) => one.messageId === messageId);
  if (message?.state !== 'sending') return;
  const reason = 'the process that sent the message ended before the receipt came';
  if (draft.record.route.send === 'deduplicated' && isReachable(draft)) draft.effect('send');
  else settle(draft, message, { state: 'unknown', reason });
}

/** After every fact: sends what may be sent now, and settles what cannot be any more. */
export function tendMessages(draft: Draft): void {
  const open = (draft.record.messages ?? []).filter(isOpen);
  if (open.length === 0) return;
  if (draft.terminal) {
    for (const message of open) {
      settle(draft, message, { state: message.state === 'sending' ? 'unknown' : 'rejected', reason: ENDED });
    }
    return;
  }
  const [next] = open;
  if (!isReachable(draft) || next === undefined || next.state === 'sending') return;
  next.state = 'sending';
  draft.effect('send');
}

const isReachable = ({ status }: Draft): boolean => status === 'running' || status === 'input_required';

function settle(draft: Draft, message: SentMessage, receipt: Receipt): void {
  const { messageId } = message;
  Object.assign(message, receipt);
  delete message.text;
  draft.event({ type: 'receipt', messageId, receipt });
}

const isOpen = ({ state }: SentMessage): boolean => state === 'waiting' || state === 'sending';

function remembered(messages: SentMessage[]): SentMessage[] {
  const settled = messages.filter((message) => !isOpen(message));
  const forgotten = new Set(settled.slice(0, Math.max(settled.length - REMEMBERED, 0)));
  return messages.filter((message) => !forgotten.has(message));
}
