// What is heard of the work while it is followed: signs of life, what it tells, what it asks, and what became of messages to it.
import { isDeepStrictEqual } from 'node:util';
import type { Draft } from './draft.js';
import type { Input } from './inputs.js';
import { messageSent, questionClosed } from './messages.js';

export function contact(draft: Draft): void {
  if (!draft.followed) return;
  draft.record.lastActivityAt = draft.now;
  delete draft.attempt.ambiguous;
  delete draft.attempt.error;
  if (draft.status !== 'starting') return;
  draft.attempt.stage = 'contacted';
  draft.record.startedAt ??= draft.now;
  draft.move('contact', 'running');
}

export function heard(
  draft: Draft,
  input: Extract<Input, { type: 'progress' | 'message' | 'artifact' | 'gap' | 'handoff' }>,
): void {
  if (draft.terminal) return;
  contact(draft);
  const { record } = draft;
  switch (input.type) {
    case 'progress': {
      const { message, fraction } = input;
      record.progress = {
        ...record.progress,
        ...(message !== undefined && { message }),
        ...(fraction !== undefined && { fraction }),
      };
      return draft.event({ type: 'progress', ...record.progress });
    }
    case 'message':
      return draft.event({
        type: 'message',
        role: 'agent',
        message: input.text,
        ...(input.raw !== undefined && { raw: input.raw }),
      });
    case 'artifact':
      record.artifacts = [
        ...(record.artifacts ?? []).filter(({ name }) => name !== input.artifact.name),
        input.artifact,
      ];
      return draft.event({ type: 'artifact', artifact: input.artifact });
    case 'gap':
      return draft.event({
        type: 'gap',
        ...(input.from !== undefined && { gapFrom: input.from }),
        ...(input.to !== undefined && { gapTo: input.to }),
      });
    case 'handoff':
      record.handoff = input.handoff;
      return;
  }
}

export function asked(draft: Draft, { request }: Extract<Input, { type: 'asked' }>): void {
  if (!draft.followed) return;
  contact(draft);
  const { record, now } = draft;
  const { inputRequests: open = [] } = record;
  const former = open.find(({ requestId }) => requestId === request.requestId);
  // Who follows the work anew may hear the same question once more.
  const isSame = former !== undefined && isDeepStrictEqual({ ...former, askedAt: 0 }, { ...request, askedAt: 0 });
  const askedAt = (isSame ? former.askedAt : undefined) ?? now;
  record.inputRequests = [...open.filter((one) => one !== former), { ...request, askedAt }];
  draft.event({ type: 'input_required', inputRequest: request });
  if (draft.status !== 'input_required') draft.move('asked', 'input_required');
}

export function answered(draft: Draft, requestId: string): void {
  if (!draft.followed) return;
  contact(draft);
  const { record } = draft;
  const left = (record.inputRequests ?? []).filter((request) => request.requestId !== requestId);
  if (left.length === (record.inputRequests ?? []).length) return;
  record.inputRequests = left;
  draft.event({ type: 'input_received', requestId });
  questionClosed(draft, requestId);
  if (left.length === 0 && draft.status === 'input_required') draft.move('answered', 'running');
}

/** A message with a question's id that was taken over has answered it. */
export function sent(draft: Draft, { messageId, receipt }: Extract<Input, { type: 'sent' }>): void {
  messageSent(draft, messageId, receipt);
  const { requestId } = draft.record.messages?.find((message) => message.messageId === messageId) ?? {};
  const isTaken = receipt.state === 'delivered' || receipt.state === 'queued';
  if (requestId !== undefined && isTaken) answered(draft, requestId);
}
