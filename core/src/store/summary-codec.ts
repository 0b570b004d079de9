// Summaries as they stand in a checkpoint: the fields that each has without their names, because there may be 100,000.
import type { TaskSummary } from './task-state.js';

export type SummaryTuple = readonly [
  taskId: string,
  status: TaskSummary['status'],
  createdAt: number,
  rev: number,
  account: string,
  holds: boolean,
  /** What not every task has. */
  rest?: Omit<TaskSummary, 'taskId' | 'status' | 'createdAt' | 'rev' | 'account' | 'holds'>,
];

export function toTuple(summary: TaskSummary): SummaryTuple {
  const { taskId, status, createdAt, rev, account, holds, ...rest } = summary;
  return [taskId, status, createdAt, rev, account, holds, rest];
}

export function fromTuple([taskId, status, createdAt, rev, account, holds, rest]: SummaryTuple): TaskSummary {
  return { taskId, status, createdAt, rev, account, holds, ...rest };
}
