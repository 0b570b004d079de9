// Judges one ended task by what the world counted. Says what is wrong in words; nothing when all is well.
import type { TaskView } from '@agent-dispatch/schemas';
import type { Ended, World } from './world.js';

export interface Evidence {
  readonly task: Ended;
  readonly view: TaskView;
  /** The whole log. */
  readonly log: string;
  /** A part of the log, as it was read while the work ran. */
  readonly earlierLog: string;
  /** What the cancel was answered with; undefined when there was none. */
  readonly cancelAnswer: TaskView | undefined;
}

export const WRONGS = ['started twice', 'wrong end', 'unexplained loss', 'log'] as const;
export type Wrong = (typeof WRONGS)[number];

export function verdictOn(evidence: Evidence, world: World): { wrong: Wrong; why: unknown }[] {
  const { task, view, log, earlierLog } = evidence;
  const found: { wrong: Wrong; why: unknown }[] = [];
  const starts = world.starts(task);
  if (starts > 1) found.push({ wrong: 'started twice', why: starts });
  if (view.status === 'lost') {
    if (world.whyUnknowable(task) === undefined) found.push({ wrong: 'unexplained loss', why: view.error });
  } else {
    const expected = [expectedEnd(evidence, world), ...(world.troubles?.(task) ?? [])];
    if (!expected.some((end) => fits(view, end))) found.push({ wrong: 'wrong end', why: { expected, view } });
  }
  const whole = world.output(task);
  const isRight = view.status === 'succeeded' ? log === whole : whole.startsWith(log);
  if (!isRight || !log.startsWith(earlierLog)) found.push({ wrong: 'log', why: { whole, log, earlierLog } });
  return found;
}

/** What is told of a task that is not lost. */
function expectedEnd({ task, cancelAnswer }: Evidence, world: World): Record<string, unknown> {
  const failure = world.failure(task);
  if (failure !== undefined) return { status: 'failed', ...failure };
  switch (task.fate) {
    case 'timeout':
      return { status: 'failed', error: { code: 'AD_TASK_TIMEOUT' } };
    case 'cancel':
    case 'cancel-at-once':
      return { status: cancelAnswer === undefined ? 'never answered' : 'cancelled' };
    default:
      return { status: 'succeeded' };
  }
}

/** Whether all of `part` stands in `whole`. */
function fits(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part;
  return (
    typeof whole === 'object' &&
    whole !== null &&
    Object.entries(part).every(([name, value]) => fits((whole as Record<string, unknown>)[name], value))
  );
}
