// Tells which of many tasks have changed since their watcher last saw them. The watcher brings what it saw, so nothing
// is kept between two calls and nothing is missed between them. On the store's hints; reads no content.
import type { WatchTasksInput, WatchTasksOutput } from '@agent-dispatch/schemas';
import type { CallOptions } from '../control-plane.js';
import { after } from '../engine/index.js';
import { isDispatchError } from '../errors/index.js';
import { checkArguments, findTask, type Operations } from './operation.js';

const DEFAULT_SECONDS = 45;

type Watched = WatchTasksOutput['tasks'][number];
type Seen = ReadonlyMap<string, string | undefined>;

export async function watchTasks(
  operations: Operations,
  input: WatchTasksInput,
  { signal }: CallOptions = {},
): Promise<WatchTasksOutput> {
  checkArguments('WatchTasksInput', input);
  const { waits, clock } = operations;
  const { timeout_seconds: seconds = DEFAULT_SECONDS } = input;
  const seen: Seen = new Map(input.tasks.map((task) => [task.task_id, task.seen]));
  let doubtful = new Set(seen.keys());
  let wake: () => void = () => undefined;
  const stops = [...seen.keys()].map((taskId) =>
    waits.hear(taskId, () => {
      doubtful.add(taskId);
      wake();
    }),
  );
  let isLate = seconds <= 0;
  const end = (): void => {
    isLate = true;
    wake();
  };
  const callOff = after(clock, seconds * 1000, end);
  signal?.addEventListener('abort', end);
  try {
    for (;;) {
      const hint = new Promise<void>((resolve) => (wake = resolve));
      const looked = doubtful;
      doubtful = new Set();
      const tasks = await newsOf(operations, seen, looked);
      if (tasks.length > 0) return { tasks, timed_out: false };
      if (isLate || signal?.aborted) return { tasks: [], timed_out: true };
      await hint;
    }
  } finally {
    callOff();
    signal?.removeEventListener('abort', end);
    for (const stop of stops) stop();
  }
}

async function newsOf(operations: Operations, seen: Seen, taskIds: ReadonlySet<string>): Promise<Watched[]> {
  const found = await Promise.all([...taskIds].map((taskId) => look(operations, taskId, seen.get(taskId))));
  return found.filter((task) => task !== undefined);
}

/** undefined: as it was seen. */
async function look(operations: Operations, taskId: string, before: string | undefined): Promise<Watched | undefined> {
  const now = await stateOf(operations, taskId);
  if (now === undefined) return { task_id: taskId, changed: [] };
  if (now === before) return undefined;
  return { task_id: taskId, seen: now, changed: before === undefined ? [] : differences(before, now) };
}

const PARTS = ['status', 'events', 'log'] as const;

/** A state in the order of PARTS. undefined: there is no such task. */
async function stateOf(operations: Operations, taskId: string): Promise<string | undefined> {
  try {
    const { record, lastSeq } = await findTask(operations, taskId);
    const { size } = await operations.store.readLog(taskId, 0, 0);
    return [record.status, lastSeq, size].join('.');
  } catch (error) {
    if (isDispatchError(error) && error.code === 'AD_TASK_NOT_FOUND') return undefined;
    throw error;
  }
}

function differences(before: string, now: string): Watched['changed'] {
  const [old, current] = [before.split('.'), now.split('.')];
  return PARTS.filter((_part, index) => old[index] !== current[index]);
}
