// send_message: says something to running work, where its offer declares that it can be spoken to.
import type { SendMessageInput, SendMessageOutput } from '@agent-dispatch/schemas';
import { isTerminal } from '../engine/index.js';
import { checkArguments, findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';

export async function sendMessage(operations: Operations, input: SendMessageInput): Promise<SendMessageOutput> {
  checkArguments('SendMessageInput', input);
  const task = await findTask(operations, input.task_id);
  const { task_id, status, next } = taskView(task, operations.store.now());
  const { provider, driver } = task.record.route;
  const reason = isTerminal(status)
    ? `the task has ended (${status}); start a new one that carries what it needs`
    : `${provider}/${driver} cannot be spoken to over ${task.record.request.target.protocol}; cancel the task and start a new one that carries the message`;
  return { task_id, status, receipt: { state: 'rejected', reason }, ...(next && { next }) };
}
