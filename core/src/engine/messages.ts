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
/** All messages that wait, in a record that has room for 256 KiB. Bytes of JSON. */
const MAX_WAITING = 64 * 1024;
/** Reasons may be words of the agent. Characters. */
const MAX_REASON = 2000;

const LATE = 'the question that it answers is not open any more';
const ENDED = 'the task ended before the message reached the work';

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

function whyNot({ record, terminal, status }: Draft, { text = '', requestId }: SentMessage): string | undefined {
  const { route, request, messages = [], inputRequests = [] } = record;
  if (terminal || status === 'cancelling' || status === 'completing') return 'the task has ended or is about to end';
  if ((route.send ?? 'unsupported') === 'unsupported')
    return `${route.provider}/${route.driver} cannot be spoken to over ${request.target.protocol}; cancel the task and start a new one that carries the message`;
  if (!answersOpen(record, requestId)) {
    const open = inputRequests.map((asked) => asked.requestId).join(', ');
    return `the work does not ask ${JSON.stringify(requestId)}; ${open === '' ? 'it asks nothing now' : `it asks ${open}`}`;
  }
  const waiting = messages.reduce((sum, message) => sum + sizeOf(message.text), sizeOf(text));
  return waiting > MAX_WAITING ? 'too much is waiting to be sent to the work; send it again later' : undefined;
}

const sizeOf = (text = ''): number => Buffer.byteLength(JSON.stringify(text));

/** Questions end with the attempt that asked them: an answer to one is none to the next attempt. */
const answersOpen = ({ inputRequests = [] }: TaskRecord, requestId: string | undefined): boolean =>
  requestId === undefined || inputRequests.some((asked) => asked.requestId === requestId);

/** What became of the message that was being sent. */
export function messageSent(draft: Draft, messageId: string, receipt: Receipt): void {
  const message = draft.record.messages?.find((one) => one.messageId === messageId);
  if (message?.state === 'sending') settle(draft, message, receipt);
}

/** Nobody knows how far a former process came with the message that it was sending. */
export function recoverMessages(draft: Draft): void {
  const message = draft.record.messages?.find(({ state }) => state === 'sending');
  if (message === undefined) return;
  const reason = 'the process that sent the message ended before the receipt came';
  if (draft.record.route.send === 'deduplicated') message.state = 'waiting';
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
  const isReachable = draft.status === 'running' || draft.status === 'input_required';
  if (!isReachable || open.some(({ state }) => state === 'sending')) return;
  const late = open.filter(({ requestId }) => !answersOpen(draft.record, requestId));
  for (const message of late) settle(draft, message, { state: 'rejected', reason: LATE });
  const next = open.find((message) => !late.includes(message));
  if (next === undefined) return;
  next.state = 'sending';
  draft.effect('send');
}

function settle(draft: Draft, message: SentMessage, receipt: Receipt): void {
  const { messageId } = message;
  const told = 'reason' in receipt ? { ...receipt, reason: receipt.reason.slice(0, MAX_REASON) } : receipt;
  Object.assign(message, told);
  delete message.text;
  draft.event({ type: 'receipt', messageId, receipt: told });
}

const isOpen = ({ state }: SentMessage): boolean => state === 'waiting' || state === 'sending';

function remembered(messages: SentMessage[]): SentMessage[] {
  const settled = messages.filter((message) => !isOpen(message));
  const forgotten = new Set(settled.slice(0, Math.max(settled.length - REMEMBERED, 0)));
  return messages.filter((message) => !forgotten.has(message));
}
