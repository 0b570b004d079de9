// What the world counts of a task's work, and how the work ended, as assertions that say in words what is wrong.
import assert from 'node:assert/strict';
import type { DriverEvent } from '../../provider/index.js';
import { endOf } from './attempt.js';
import type { Ground } from './ground.js';

export const STOPPED = 'cancel answered "stopped"';

interface Task {
  readonly taskId: string;
}

/** @param after what went before, in words: `after <this> the world counts ...`. */
export async function assertExecutions(
  { world }: Ground,
  { taskId }: Task,
  expected: number,
  after?: string,
): Promise<void> {
  const count = await world.executions(taskId);
  assert(count === expected, `${counted(after, count)} executions of the task, not ${String(expected)}`);
}

export async function assertAtMostOneExecution({ world }: Ground, { taskId }: Task): Promise<void> {
  const count = await world.executions(taskId);
  assert(count <= 1, `${counted(undefined, count)} executions of the task: the work was begun more than once`);
}

/** @param after as above. */
export async function assertRunning(
  { world }: Ground,
  { taskId }: Task,
  expected: number,
  after?: string,
): Promise<void> {
  const count = await world.running(taskId);
  assert(count === expected, `${counted(after, count)} of the task running, not ${String(expected)}`);
}

export function assertSucceeded(last: DriverEvent | undefined): void {
  assert(endOf(last).outcome === 'succeeded', `the work was to end succeeded: ${JSON.stringify(last)}`);
}

const counted = (after: string | undefined, count: number): string =>
  `${after === undefined ? '' : `after ${after} `}the world counts ${String(count)}`;
