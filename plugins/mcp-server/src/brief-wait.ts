// The answer of wait_task within one bound, whatever its tasks brought: first how each stands, then results, then the
// newest events, as far as there is room. What is left out is said, with the call that brings it.
import type { TaskView, WaitTaskOutput } from '@agent-dispatch/schemas';
import { ANSWER_BYTES, UNMARKED_BYTES } from './brief-answers.js';
import { briefStatus } from './brief-look.js';
import { briefEvent, briefTask, leastOf, sizeOf, type BriefTask } from './brief-task.js';
import { Room } from './room.js';

/** What a task brings beside how it stands. */
const BROUGHT = ['result', 'media_type', 'size', 'artifacts', 'artifacts_omitted'];
/** Names of the parts, and the call that follows for one task. Bytes. */
const FRAME_BYTES = 500;

/** @param seconds what the next wait may take; this one may have had less. */
export function briefWait(
  { done, attention, pending, events, next, ...rest }: WaitTaskOutput,
  seconds?: number,
): object {
  const again = next && {
    ...next,
    arguments: { ...next.arguments, ...(seconds !== undefined && { timeout_seconds: seconds }) },
  };
  const most = ANSWER_BYTES - FRAME_BYTES;
  const isSmall = sizeOf([done, attention, pending, events, rest, again]) <= most;
  const room = new Room(isSmall ? Number.POSITIVE_INFINITY : most - sizeOf(rest) - sizeOf(again));
  for (const task of [...attention, ...pending]) room.take(leastOf(task));
  for (const task of done) room.take({ ...leastOf(task), ...unread(task) });
  // One call that follows is always told.
  if (again === undefined && done[0] !== undefined) room.take(resultOf(done[0]));
  const views = {
    attention: attention.map((task) => room.fuller(leastOf(task), briefTask(task))),
    done: done.map((task) => room.fuller(leastOf(task), briefTask(task, [...BROUGHT, 'truncated', 'next']))),
    pending: pending.map((task) => room.fuller(leastOf(task), briefTask(task, ['next']))),
  };
  const ended = views.done.map((view, index) => withResult(view, done[index], room));
  const told = room.first(events.map(briefEvent).reverse()).reverse();
  const cut = done.find((_task, index) => ended[index]?.['truncated'] === true);
  const named = [...views.attention, ...ended].find((view) => view['next'] !== undefined)?.['next'];
  const following = again ?? named ?? (cut && resultOf(cut));
  return {
    ...views,
    done: ended,
    events: told,
    ...(told.length < events.length && { events_omitted: events.length - told.length }),
    ...rest,
    ...(following !== undefined && { next: following }),
  };
}

/** A task that was waited for when it was started: in full where there is room, else in brief and without its result. */
export function briefStart(outcome: object): object {
  if (sizeOf(outcome) <= UNMARKED_BYTES || !('task_id' in outcome)) return outcome;
  const task = outcome as TaskView;
  const hasResult = task.terminal && BROUGHT.some((name) => name in task);
  if (hasResult) return { ...briefTask(task, BROUGHT), ...unread(task), next: resultOf(task) };
  const brief = briefTask(task);
  return sizeOf(brief) <= UNMARKED_BYTES ? brief : briefStatus(task);
}

/** With what the task brought where there is room for all of it; else with the call that reads it. */
function withResult(view: BriefTask, task: TaskView | undefined, room: Room): BriefTask {
  if (task === undefined) return view;
  const { next, truncated } = task as TaskView & { truncated?: boolean };
  const brought = Object.fromEntries(Object.entries(task).filter(([name]) => BROUGHT.includes(name)));
  const whole = { ...brought, ...(next && { next }) };
  if (truncated !== true && room.take(whole)) return { ...view, ...whole };
  const read = resultOf(task);
  return { ...view, ...unread(task), ...(room.take({ next: read }) && { next: read }) };
}

const resultOf = ({ task_id }: TaskView): object => ({
  tool: 'get_task_result',
  arguments: { task_id },
  when: 'to read the result',
});

/** Of a task whose result is not in the answer. */
const unread = ({ size }: TaskView & { size?: number }): object => ({
  truncated: true,
  ...(size !== undefined && { size }),
});
