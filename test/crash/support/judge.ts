// What must have become of a task, whatever was killed on its way. Counted by the world; the diary alone tells what came
// before what.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlPlane } from '@agent-dispatch/core';
import { isDispatchError } from '@agent-dispatch/core/errors';
import type { TaskView } from '@agent-dispatch/schemas';
import { CANCEL_ACCEPTED, DISPATCHER_GONE, type Entry } from './diary-entries.js';
import type { Kind, World } from './world.js';

export interface JourneyTask {
  /** Of the world's counting, and its idempotency key. */
  key: string;
  kind: Kind;
  /** Where the dispatcher that accepted it was to be killed. */
  kill: string;
  /** Set once its acknowledgement was read. */
  taskId?: string;
  /** A caller wants it to be cancelled, and asks until that is accepted. */
  unwanted?: true;
  /** Its status in the answer to the cancel that was accepted. */
  cancelledAt?: TaskView['status'];
  /** Accepted by the last dispatcher, which keeps no diary. */
  cancelledLast?: true;
  /** Ended tasks were removed after it was accepted. */
  mayBeGone?: true;
  /** How it ended, and how often its work was begun. */
  ended?: TaskView['status'];
  starts?: number;
}

interface Judging {
  plane: ControlPlane;
  world: World;
  entries: () => readonly Entry[];
}

const LOOK_MS = 10;
const MAX_BYTES = 1_000_000;

export const isAtRest = ({ terminal, cleanup }: TaskView): boolean => terminal && cleanup !== 'pending';

/** Waits until the task rests. Returns what is wrong with it, in words. */
export async function judge(task: JourneyTask, judging: Judging): Promise<string[]> {
  const { plane, world, entries } = judging;
  // An endless one whose acknowledgement was not read may run still: it is asked for again below, and cancelled.
  if (task.mayBeGone && !(task.taskId === undefined && task.kind === 'endless') && (await isGone(task, judging)))
    return [];
  // A caller that read no acknowledgement asks again with its key.
  const taskId = task.taskId ?? ((await plane.dispatch(world.request(task.key, task.kind))) as TaskView).task_id;
  if (task.unwanted && task.cancelledAt === undefined) {
    task.cancelledAt = (await plane.cancel({ task_id: taskId })).status;
    task.cancelledLast = true;
  }
  const view = await rested(plane, taskId);
  task.ended = view.status;
  const own = entries().filter((entry) => entry.taskId === taskId || entry.point === DISPATCHER_GONE);
  const starts = world.starts({ key: task.key, taskId });
  task.starts = starts;
  const problems: string[] = [];
  if (starts > 1) problems.push(`it was begun ${String(starts)} times`);
  if (!mayEnd(task, { entries: own, world })) problems.push(`it ended ${view.status} ${view.error?.message ?? ''}`);
  if (startedAfterCancel(task, own)) problems.push('it was started after its cancel had been accepted');
  if (view.cleanup !== 'done' && view.cleanup !== 'none') problems.push(`its cleanup is ${view.cleanup}`);
  if (view.status === 'succeeded') {
    if (starts !== 1) problems.push(`it succeeded and was begun ${String(starts)} times`);
    const told = await whatItGave(plane, taskId);
    if (!world.isWhole(task.kind, told))
      problems.push(`it gave ${summary(told.result)} and printed ${summary(told.output)}`);
  }
  return problems.map((problem) => `${task.key} ${taskId} (${task.kill}): ${problem}`);
}

/** Removed as it was due: with all that was kept of it. One whose acknowledgement was not read has no name to ask by. */
async function isGone(task: JourneyTask, { plane, world }: Judging): Promise<boolean> {
  const { key, taskId } = task;
  const found =
    taskId !== undefined &&
    (await plane.get({ task_id: taskId }).catch((error: unknown) => {
      if (isDispatchError(error) && error.code === 'AD_TASK_NOT_FOUND') return undefined;
      throw error;
    }));
  if (found) return false;
  task.starts = world.starts({ key, taskId: taskId ?? '' });
  const kept = async (): Promise<boolean> =>
    (await readdir(path.join(await world.place.stateDir(), 'tasks'), { recursive: true })).some(
      (name) => path.basename(name) === taskId,
    );
  // The dispatcher that found it half removed goes on with that beside its other work.
  while (await kept()) await delay(LOOK_MS);
  return true;
}

async function rested(plane: ControlPlane, taskId: string): Promise<TaskView> {
  for (;;) {
    const view = await plane.get({ task_id: taskId });
    if (isAtRest(view)) return view;
    await delay(LOOK_MS);
  }
}

async function whatItGave(plane: ControlPlane, taskId: string): Promise<{ result: unknown; output: string }> {
  const { result } = await plane.result({ task_id: taskId, max_bytes: MAX_BYTES });
  const { entries } = await plane.logs({ task_id: taskId, limit: 1_000 });
  return { result, output: entries.map(({ text }) => text).join('') };
}

const FINAL: ReadonlySet<string | undefined> = new Set(['succeeded', 'failed', 'cancelled', 'lost']);

function mayEnd(
  { ended, cancelledAt, cancelledLast }: JourneyTask,
  { entries, world }: { entries: readonly Entry[]; world: World },
): boolean {
  // A cancel that came after the end changes nothing.
  if (FINAL.has(cancelledAt)) return ended === cancelledAt;
  switch (ended) {
    case 'succeeded':
      return cancelledAt === undefined || cancelledLast === true || isEndBeforeCancel(entries);
    case 'cancelled':
      return cancelledAt !== undefined;
    case 'lost':
      return cancelledAt === undefined && !world.offer.resume && wasFollowedAtAKill(entries);
    default:
      return false;
  }
}

const STORES_END = /^journal\.(completing|succeeded)\.write\.before$/;
const STORED_END = /^journal\.(completing|succeeded)\.write\.after$/;

const isEndBeforeCancel = (entries: readonly Entry[]): boolean =>
  entries.slice(0, cancelOf(entries)).some(({ point }) => STORES_END.test(point));

const cancelOf = (entries: readonly Entry[]): number => entries.findIndex(({ point }) => point === CANCEL_ACCEPTED);

/** The call itself, or the request that is all of it. */
const STARTS = new Set(['driver.start.call.before', 'driver.channel.fetch.before']);
/** What begins nothing, whatever is sent meanwhile: asking the agent to stop, and finding work again. */
const HARMLESS: Readonly<Record<string, boolean>> = {
  'protocol.cancel.before': true,
  'protocol.cancel.after': false,
  'driver.resume.call.before': true,
  'driver.start.call.before': false,
  [DISPATCHER_GONE]: false,
};

function startedAfterCancel({ cancelledAt }: JourneyTask, entries: readonly Entry[]): boolean {
  const accepted = cancelOf(entries);
  if (cancelledAt === undefined || accepted < 0) return false;
  let isHarmless = false;
  return entries.some(({ point }, index) => {
    isHarmless = HARMLESS[point] ?? isHarmless;
    return index > accepted && !isHarmless && STARTS.has(point);
  });
}

/** A dispatcher was killed after it had stored that it would start the work and before it had stored the end. */
function wasFollowedAtAKill(entries: readonly Entry[]): boolean {
  let followed = false;
  for (const { point } of entries) {
    if (point === 'journal.starting.write.before') followed = true;
    if (STORED_END.test(point)) followed = false;
    if (point === DISPATCHER_GONE && followed) return true;
  }
  return false;
}

function summary(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 120 ? text : `${text.slice(0, 60)}…${text.slice(-40)} (${text.length} characters)`;
}
