// cancel_task: a stored command that the task's owner carries out. Durable when it is answered. After the end it releases
// what the task still keeps.
import { createHash } from 'node:crypto';
import type { CancelTaskInput, CancelTaskOutput } from '@agent-dispatch/schemas';
import { isTerminal } from '../engine/index.js';
import type { StoredTask } from '../store/index.js';
import { checkArguments, findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';
import { until } from './until.js';

/** The owner takes the command up at once; where it is busy or gone, the answer does not wait for it. */
const TAKEN_UP_SECONDS = 2;

export async function cancelTask(operations: Operations, input: CancelTaskInput): Promise<CancelTaskOutput> {
  checkArguments('CancelTaskInput', input);
  const { store } = operations;
  const before = await findTask(operations, input.task_id);
  const { taskId, status } = before.record;
  const isEnded = isTerminal(status);
  if (!isEnded || keepsSomething(before)) {
    // One cancel is enough for a task: repeating it is the same command. After the end it is one for each time that it is asked for.
    const commandId = createHash('sha256')
      .update(`cancel ${taskId}${isEnded ? ` ${before.lastSeq}` : ''}`)
      .digest('hex');
    const { inbox } = await store.post(taskId, {
      commandId,
      kind: 'cancel',
      body: input.reason === undefined ? {} : { reason: input.reason },
    });
    const takenUp = (task: StoredTask): boolean => task.consumed >= inbox;
    await until(operations, [taskId], (tasks) => tasks.every(takenUp), { seconds: TAKEN_UP_SECONDS });
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

const keepsSomething = ({ record }: StoredTask): boolean =>
  record.resources.some(({ state, keepUntil }) => state === 'planned' && keepUntil !== undefined);
