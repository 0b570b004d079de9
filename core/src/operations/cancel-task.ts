// cancel_task: a stored command that the task's owner carries out. Durable when it is answered.
import { createHash } from 'node:crypto';
import type { CancelTaskInput, CancelTaskOutput } from '@agent-dispatch/schemas';
import { isTerminal } from '../engine/index.js';
import { checkArguments, findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';

export async function cancelTask(operations: Operations, input: CancelTaskInput): Promise<CancelTaskOutput> {
  checkArguments('CancelTaskInput', input);
  const { store } = operations;
  const before = await findTask(operations, input.task_id);
  const { taskId, status } = before.record;
  if (!isTerminal(status)) {
    // One cancel is enough for a task: repeating it is the same command.
    const commandId = createHash('sha256').update(`cancel ${taskId}`).digest('hex');
    await store.post(taskId, {
      commandId,
      kind: 'cancel',
      body: input.reason === undefined ? {} : { reason: input.reason },
    });
  }
  const view = taskView(await findTask(operations, taskId), store.now());
  const { task_id, terminal, cancel_level, cleanup, next } = view;
  return {
    task_id,
    status: view.status,
    terminal,
    ...(cancel_level !== undefined && { cancel_level }),
    cleanup,
    ...(next && { next }),
  };
}
