// get_task_status: one look at a task.
import type { GetTaskStatusInput, TaskView } from '@agent-dispatch/schemas';
import { checkArguments, findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';

export async function getTaskStatus(operations: Operations, input: GetTaskStatusInput): Promise<TaskView> {
  checkArguments('GetTaskStatusInput', input);
  return taskView(await findTask(operations, input.task_id), operations.store.now());
}
