// send_message: a stored command that the task's owner carries out: says something to the work, or answers what it asks.
import { createHash } from 'node:crypto';
import type { SendMessageInput, SendMessageOutput } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { isTerminal, messageDigest, type GivenMessage } from '../engine/index.js';
import type { StoredTask } from '../store/index.js';
import { checkArguments, findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';
import { until } from './until.js';

/** For so long the answer waits for the receipt. */
const RECEIPT_SECONDS = 20;
/** Longer messages are refused: they stand in the task's events. UTF-8. */
const MAX_MESSAGE_BYTES = 32 * 1024;
/** Ids stay in the task's record. UTF-8. */
const MAX_ID_BYTES = 1024;

export async function sendMessage(operations: Operations, given: SendMessageInput): Promise<SendMessageOutput> {
  checkArguments('SendMessageInput', given);
  const input = operations.intake.screen(given);
  refuseLong('/message', input.message, MAX_MESSAGE_BYTES);
  refuseLong('/message_id', input.message_id, MAX_ID_BYTES);
  refuseLong('/request_id', input.request_id, MAX_ID_BYTES);
  const task = await findTask(operations, input.task_id);
  const { taskId, status } = task.record;
  const messageId = input.message_id ?? operations.newMessageId();
  refuseOther(task, messageId, input);
  const earlier = sentMessage(task, messageId);
  if (earlier === undefined && isTerminal(status)) {
    const reason = `the task has ended (${status}); start a new one with continue_from, or one that carries what it needs`;
    return answer(operations, task, messageId, { state: 'rejected', reason });
  }
  const posted = earlier === undefined ? await post(operations, taskId, { ...input, messageId }) : undefined;
  // It was read, and is not in the record: it was settled so long ago that it is forgotten, or had no room there.
  const isGone = (one: StoredTask): boolean =>
    posted !== undefined && one.consumed >= posted.inbox && sentMessage(one, messageId) === undefined;
  const isOver = (one: StoredTask): boolean => isSettled(one, messageId) || isGone(one);
  await until(operations, [taskId], (tasks) => tasks.every(isOver), { seconds: RECEIPT_SECONDS });
  const after = await findTask(operations, taskId);
  // Another call may have posted one with this id meanwhile.
  refuseOther(after, messageId, input);
  return answer(operations, after, messageId, isGone(after) ? FORGOTTEN : receiptOf(after, messageId));
}

const FORGOTTEN = { state: 'unknown', reason: 'what became of it is told by the events of the task alone' } as const;

/** Posted once, however often it is asked for. */
async function post(
  { store }: Operations,
  taskId: string,
  { messageId, message, request_id: requestId }: SendMessageInput & { messageId: string },
): Promise<{ inbox: number }> {
  const commandId = createHash('sha256').update(`message ${taskId} ${messageId}`).digest('hex');
  const body = { messageId, text: message, ...(requestId !== undefined && { requestId }) };
  return await store.post(taskId, { commandId, kind: 'message', body });
}

function answer(
  { store }: Operations,
  task: StoredTask,
  messageId: string,
  receipt: SendMessageOutput['receipt'],
): SendMessageOutput {
  const { task_id, status, next } = taskView(task, store.now());
  return { task_id, status, message_id: messageId, receipt, ...(next && { next }) };
}

const sentMessage = ({ record }: StoredTask, messageId: string) =>
  record.messages?.find((message) => message.messageId === messageId);

/** Nothing to wait for: it has its receipt, or the work cannot be reached yet. */
function isSettled(task: StoredTask, messageId: string): boolean {
  const message = sentMessage(task, messageId);
  return message !== undefined && message.state !== 'sending';
}

function receiptOf(task: StoredTask, messageId: string): SendMessageOutput['receipt'] {
  const { state = 'waiting', reason } = sentMessage(task, messageId) ?? {};
  if (state === 'waiting' || state === 'sending') {
    return { state: 'queued', reason: 'it is stored, and is given to the work as soon as that can be reached' };
  }
  return { state, ...(reason !== undefined && { reason }) };
}

/** Of a message that the task's owner has not read yet. */
function postedDigest({ commands }: StoredTask, messageId: string): string | undefined {
  const posted = commands.find(({ kind, body }) => kind === 'message' && body['messageId'] === messageId);
  return posted && messageDigest(posted.body as unknown as GivenMessage);
}

/** Errors: AD_INPUT_TOO_LARGE. */
function refuseLong(pointer: string, text: string | undefined, most: number): void {
  const bytes = Buffer.byteLength(text ?? '');
  if (bytes <= most) return;
  throw new DispatchError('AD_INPUT_TOO_LARGE', `${pointer} has ${String(bytes)} bytes; ${String(most)} are allowed`, {
    problems: [{ pointer, message: 'is too long' }],
  });
}

/** Errors: AD_INPUT_IDEMPOTENCY_CONFLICT. */
function refuseOther(task: StoredTask, messageId: string, { message, request_id: requestId }: SendMessageInput): void {
  const earlier = sentMessage(task, messageId)?.digest ?? postedDigest(task, messageId);
  const digest = messageDigest({ text: message, ...(requestId !== undefined && { requestId }) });
  if (earlier === undefined || earlier === digest) return;
  throw new DispatchError('AD_INPUT_IDEMPOTENCY_CONFLICT', `message ${messageId} was sent before with another text`, {
    problems: [{ pointer: '/message_id', message: 'belongs to another message' }],
  });
}
