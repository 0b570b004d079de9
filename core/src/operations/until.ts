// Waiting for something to be true of tasks: bounded, on what the waiting room tells, and never on a cloud.
import type { CallOptions } from '../control-plane.js';
import { after } from '../engine/index.js';
import type { StoredTask } from '../store/index.js';
import { findTask, type Operations } from './operation.js';
import { waitProgress } from './wait-progress.js';

export interface Bounds extends Pick<CallOptions, 'signal' | 'progress'> {
  seconds: number;
  /** Reads a task of the caller's. Default: as `task_id` of the input names it. */
  find?: (taskId: string) => Promise<StoredTask>;
}

/**
 * Returns when `over` holds of the tasks, the time is over or the caller aborts; with what is so at once, when each has
 * been read once. Errors: AD_TASK_NOT_FOUND.
 */
export async function until(
  operations: Operations,
  taskIds: readonly string[],
  over: (tasks: StoredTask[]) => boolean,
  { seconds, signal, progress, find = (taskId) => findTask(operations, taskId) }: Bounds,
): Promise<{ tasks: StoredTask[]; timedOut: boolean }> {
  const { waits, clock } = operations;
  const known = new Map<string, StoredTask>();
  let wake: () => void = () => undefined;
  let isLate = seconds <= 0;
  const end = (): void => {
    isLate = true;
    wake();
  };
  const leave = taskIds.map((taskId) =>
    waits.join(taskId, (task) => {
      if (task) known.set(taskId, task);
      else known.delete(taskId);
      wake();
    }),
  );
  const read = async (taskId: string): Promise<StoredTask> => {
    const task = await find(taskId);
    waits.seen(task);
    // It may have changed again, and been told, while it was read.
    const newest = known.get(taskId);
    if (newest && newest.rev > task.rev) return newest;
    known.set(taskId, task);
    return task;
  };
  const callOff = after(clock, seconds * 1000, end);
  signal?.addEventListener('abort', end);
  try {
    for (;;) {
      const hint = new Promise<void>((resolve) => (wake = resolve));
      const isLast = isLate || signal?.aborted === true;
      const look = async (taskId: string): Promise<StoredTask> =>
        (isLast ? undefined : known.get(taskId)) ?? (await read(taskId));
      // The last look is at the tasks themselves, whatever was told of them.
      const tasks = await Promise.all(taskIds.map(look));
      if (over(tasks)) return { tasks, timedOut: false };
      if (isLast) return { tasks, timedOut: true };
      progress?.(waitProgress(tasks));
      await hint;
    }
  } finally {
    callOff();
    signal?.removeEventListener('abort', end);
    for (const stop of leave) stop();
  }
}
