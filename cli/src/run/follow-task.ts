// A task watched to its end: what it prints comes out as it is printed, what it asks is passed on. Ending the watching
// never ends the task.
import type { ControlPlane } from '@agent-dispatch/core';
import type { TaskView } from '@agent-dispatch/schemas';
import type { LogPrinter } from '../output/log-printer.js';
import { readLogs } from './read-logs.js';
import { waitUntilRest } from './wait-until-rest.js';

export interface FollowOptions {
  taskId: string;
  /** Absent: what the task prints is not shown. */
  printer?: Pick<LogPrinter, 'print'>;
  /** Answers what the work asks; false leaves it asking and ends the watching. */
  answer?: (task: TaskView) => Promise<boolean>;
  /** Ends the watching. */
  signal: AbortSignal;
}

/** The task when it ended or waits for an answer; undefined when the signal came first. */
export async function followTask(
  controlPlane: Pick<ControlPlane, 'logs' | 'wait'>,
  { taskId, printer, answer, signal }: FollowOptions,
): Promise<TaskView | undefined> {
  const reading = new AbortController();
  const stopReading = (): void => reading.abort();
  signal.addEventListener('abort', stopReading, { once: true });
  const printing = printer === undefined ? Promise.resolve() : print(controlPlane, taskId, printer, reading.signal);
  try {
    const task = await untilRest(controlPlane, taskId, answer, signal);
    // An ended task's log ends by itself; one that asks or is left would go on.
    if (task?.terminal !== true) stopReading();
    await printing;
    return task;
  } finally {
    stopReading();
    signal.removeEventListener('abort', stopReading);
  }
}

async function print(
  controlPlane: Pick<ControlPlane, 'logs'>,
  taskId: string,
  printer: Pick<LogPrinter, 'print'>,
  signal: AbortSignal,
): Promise<void> {
  for await (const { entries } of readLogs(controlPlane, { taskId, follow: true, signal }))
    await printer.print(entries);
}

async function untilRest(
  controlPlane: Pick<ControlPlane, 'wait'>,
  taskId: string,
  answer: FollowOptions['answer'],
  signal: AbortSignal,
): Promise<TaskView | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  for (;;) {
    const waiting = waitUntilRest(controlPlane, { taskIds: [taskId], mode: 'any', signal });
    const rest = await Promise.race([waiting, aborted]);
    if (rest === undefined || signal.aborted) {
      // Its answer comes too late to matter, and so does its failure.
      waiting.catch(() => undefined);
      return undefined;
    }
    const [task] = [...rest.done, ...rest.attention];
    if (task === undefined || task.terminal || !(await answer?.(task))) return task;
  }
}
