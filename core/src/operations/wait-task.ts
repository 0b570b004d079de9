// wait_task: a bounded wait for one task or many, on the store's hints and never on a cloud.
import type { TaskEvent, TaskView, WaitTaskInput, WaitTaskOutput } from '@agent-dispatch/schemas';
import type { CallOptions } from '../control-plane.js';
import { isTerminal } from '../engine/index.js';
import type { StoredTask } from '../store/index.js';
import { assertNotBeyond, eventCursor, readEventCursor, type EventPlaces } from './cursors.js';
import { resultPart } from './get-task-result.js';
import { checkArguments, findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';
import { until, type Bounds } from './until.js';

const DEFAULT_SECONDS = 45;
/** What an agent can act on; the task views say the rest. */
const TOLD = new Set<TaskEvent['type']>([
  'progress',
  'message',
  'receipt',
  'input_required',
  'input_received',
  'artifact',
  'gap',
  'retry',
  'error',
  'cancel_level',
]);
/** Newest events of each task that one answer carries. */
const EVENTS_PER_TASK = 20;
/** Shared by the results of one answer and what they left; the rest is fetched with get_task_result. Bytes. */
const RESULT_BUDGET = 8_000;

export async function waitTask(
  operations: Operations,
  input: WaitTaskInput,
  { signal, progress }: CallOptions = {},
): Promise<WaitTaskOutput> {
  checkArguments('WaitTaskInput', input);
  const places = readEventCursor(input.cursor);
  const taskIds = [...new Set(input.task_ids)];
  const find = async (taskId: string): Promise<StoredTask> => {
    const task = await findTask(operations, taskId, `/task_ids/${String(input.task_ids.indexOf(taskId))}`);
    assertNotBeyond(places, task);
    return task;
  };
  const over = (tasks: StoredTask[]): boolean =>
    input.mode === 'any' ? tasks.some(rests) : tasks.every(rests) || tasks.some(asksForInput);
  const { timeout_seconds: seconds = DEFAULT_SECONDS } = input;
  const { tasks, timedOut } = await until(operations, taskIds, over, { seconds, signal, progress, find });
  return await answer(operations, tasks, places, { timedOut, input });
}

/** Waits for the end of one task; returns when it ended, asks for input, or the time is over. */
export async function untilEnded(operations: Operations, taskId: string, bounds: Bounds): Promise<void> {
  await until(operations, [taskId], (tasks) => tasks.every(rests), bounds);
}

const asksForInput = ({ record }: StoredTask): boolean => record.status === 'input_required';
const rests = (task: StoredTask): boolean => isTerminal(task.record.status) || asksForInput(task);

async function answer(
  operations: Operations,
  tasks: readonly StoredTask[],
  places: EventPlaces,
  { timedOut, input }: { timedOut: boolean; input: WaitTaskInput },
): Promise<WaitTaskOutput> {
  const now = operations.store.now();
  const view = (task: StoredTask): TaskView => taskView(task, now);
  const pending = tasks.filter((task) => !rests(task));
  const cursor = eventCursor(Object.fromEntries(tasks.map(({ record, lastSeq }) => [record.taskId, lastSeq])));
  const events = await Promise.all(tasks.map((task) => newEvents(operations, task, places[task.record.taskId] ?? 0)));
  return {
    done: await withResults(
      operations,
      tasks.filter(({ record }) => isTerminal(record.status)),
      now,
    ),
    attention: tasks.filter(asksForInput).map(view),
    pending: pending.map(view),
    events: events.flat(),
    timed_out: timedOut,
    cursor,
    ...(pending.length > 0 && {
      next: {
        tool: 'wait_task',
        arguments: { ...input, task_ids: pending.map(({ record }) => record.taskId), cursor },
        when: 'to go on waiting',
      },
    }),
  };
}

async function newEvents(
  { store }: Operations,
  { record, lastSeq }: StoredTask,
  afterSeq: number,
): Promise<Record<string, unknown>[]> {
  const from = Math.max(afterSeq, lastSeq - EVENTS_PER_TASK);
  // Not beyond what the cursor of this answer covers: the next wait tells those.
  const events = await store.readEvents(record.taskId, from, lastSeq - from);
  return events.filter(({ type }) => TOLD.has(type)).map((event) => shownEvent(record.taskId, event));
}

function shownEvent(
  task_id: string,
  {
    at,
    type,
    seq,
    from,
    to,
    reason,
    message,
    role,
    fraction,
    attempt,
    error,
    state,
    level,
    messageId,
    receipt,
  }: TaskEvent,
): Record<string, unknown> {
  const parts = {
    from,
    to,
    reason,
    message,
    role,
    fraction,
    attempt,
    state,
    level,
    message_id: messageId,
    receipt,
    ...(error && { error: error.code }),
  };
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return { task_id, seq, at: new Date(at).toISOString(), type, ...Object.fromEntries(given) };
}

/** Ended tasks with their results, as far as the shared budget reaches. */
export async function withResults(
  operations: Operations,
  tasks: readonly StoredTask[],
  now: number,
): Promise<TaskView[]> {
  const views: TaskView[] = [];
  let budget = RESULT_BUDGET;
  for (const task of tasks) {
    const part = await resultPart(operations, task, { offset: 0, maxBytes: Math.max(budget, 0) });
    const fits = !part.truncated;
    if (fits) budget -= (part.size ?? 0) + Buffer.byteLength(JSON.stringify(part.artifacts ?? []));
    const view = taskView(task, now);
    views.push({
      ...view,
      ...(fits
        ? { ...part, ...(part.result !== undefined && { next: undefined }) }
        : { truncated: true, size: part.size }),
    });
  }
  return views;
}
