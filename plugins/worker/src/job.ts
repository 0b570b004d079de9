// One task without a server, for clouds that run a container to its end: numbered events on standard output, a line each, the
// last of them `ended`.
import type { WorkerTask } from '@agent-dispatch/schemas';
import type { Settings } from './configuration/settings.js';
import { problemsIn } from './problems.js';
import { createRuns, type WorkerContext } from './worker.js';

export interface Job {
  /** A WorkerTask as JSON. */
  readonly task: string;
  /** Resolves when the text is out; rejects when nobody takes it any more, which stops the task. */
  readonly print: (text: string) => Promise<void>;
  /** Stops the task. */
  readonly signal: AbortSignal;
}

/** Returns whether it succeeded. Errors: RunRefused, and Errors with a message for people: nothing was begun. */
export async function runJob(
  settings: Settings,
  context: WorkerContext,
  { task, print, signal }: Job,
): Promise<boolean> {
  const runs = createRuns(settings, context, () => undefined);
  await runs.recover();
  const run = await runs.start(taskIn(task));
  const stop = (): void => void runs.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    for await (const event of run.events(0, new AbortController().signal)) await print(`${JSON.stringify(event)}\n`);
  } finally {
    await runs.stop();
  }
  return run.state === 'succeeded';
}

function taskIn(text: string): WorkerTask {
  let task: unknown;
  try {
    task = JSON.parse(text);
  } catch {
    throw new Error('The task is no JSON.');
  }
  const problems = problemsIn('WorkerTask', task);
  if (problems !== undefined) throw new Error(`The task is malformed: ${problems}`);
  return task as WorkerTask;
}
