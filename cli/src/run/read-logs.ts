// The pages of a task's log, one after another; when followed, until the task has ended.
import { setTimeout as pause } from 'node:timers/promises';
import type { ControlPlane } from '@agent-dispatch/core';
import type { GetTaskLogsOutput } from '@agent-dispatch/schemas';

/** Between two looks at a log that had nothing new. */
const PAUSE_MS = 150;
const PAGE = 1000;

export interface ReadLogsOptions {
  taskId: string;
  /** Go on until the task has ended. Default: until the end of what is there. */
  follow?: boolean;
  /** Begin with the last so many entries. */
  tail?: number;
  /** Ends the reading. */
  signal?: AbortSignal;
}

/** Pages without entries are passed over, except the first. */
export async function* readLogs(
  controlPlane: Pick<ControlPlane, 'logs'>,
  { taskId, follow = false, tail, signal }: ReadLogsOptions,
): AsyncGenerator<GetTaskLogsOutput> {
  let input: Parameters<ControlPlane['logs']>[0] =
    tail === undefined ? { task_id: taskId, limit: PAGE } : { task_id: taskId, tail };
  for (let first = true; signal?.aborted !== true; first = false) {
    const page = await controlPlane.logs(input);
    const { entries, next_cursor: cursor, truncated, terminal = false } = page;
    if (first || entries.length > 0) yield page;
    if (!truncated && (!follow || (terminal && entries.length === 0))) return;
    if (entries.length === 0) await pause(PAUSE_MS);
    input = { task_id: taskId, limit: PAGE, cursor };
  }
}
