// A task in a list of tasks: what a lead agent acts on, without what it can look up, so that many fit one answer.
import type { TaskView } from '@agent-dispatch/schemas';

/** What get_task_status and list_runtimes say as well. */
const LOOKED_UP = new Set([
  'provider',
  'driver',
  'account_profile',
  'capability',
  'task_type',
  'target_mode',
  'protocol',
  'attempt',
  'started_at',
  'ended_at',
  'deadline_at',
  'cursor',
  'poll_after_seconds',
  'handoff',
]);
/** Bytes of one text that an agent or a cloud wrote. */
export const MAX_TEXT = 500;
const QUOTES_BYTES = 2;
const ELLIPSIS_BYTES = 3;
/** Of JSON that a view carries along: labels, the schema of an answer. Bytes. */
const MAX_JSON = 1_000;

export type BriefTask = Record<string, unknown> & { task_id: string; status: string };

/** @param without what the list's own place says already. */
export function briefTask(task: TaskView, without: readonly string[] = []): BriefTask {
  const brief: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(task)) {
    if (LOOKED_UP.has(name) || without.includes(name)) continue;
    const part = shown(name, value);
    if (part !== undefined) brief[name] = part;
  }
  return brief as BriefTask;
}

/** What always has room. */
export const leastOf = ({ task_id, status }: TaskView): BriefTask => ({ task_id, status });

/** undefined: not shown. */
function shown(name: string, value: unknown): unknown {
  switch (name) {
    case 'labels':
      return sizeOf(value) > MAX_JSON ? undefined : value;
    case 'cleanup':
      return value === 'none' || value === 'done' ? undefined : value;
    case 'progress':
      return cutTexts(value as object);
    case 'error':
      return briefError(value as NonNullable<TaskView['error']>);
    case 'input_requests':
      return (value as NonNullable<TaskView['input_requests']>).map(briefQuestion);
    default:
      return value;
  }
}

/** What happened and what to do, without all that belongs to it. */
export const briefError = ({ details: _, problems: __, ...error }: NonNullable<TaskView['error']>): object =>
  cutTexts(error);

/** What an agent said or a driver told, in a list of such. */
export const briefEvent = (event: Record<string, unknown>): Record<string, unknown> =>
  typeof event['message'] === 'string' ? { ...event, message: cut(event['message'], MAX_TEXT) } : event;

type Question = NonNullable<TaskView['input_requests']>[number];

/** `truncated`: get_task_status has it whole, or names the call that has. */
function briefQuestion({ question, schema, ...rest }: Question): Record<string, unknown> {
  const isLong = sizeOf(question) > 2 * MAX_TEXT;
  const isWide = schema !== undefined && sizeOf(schema) > MAX_JSON;
  return {
    ...rest,
    question: cut(question, 2 * MAX_TEXT),
    ...(schema && !isWide && { schema }),
    ...((isLong || isWide) && { truncated: true }),
  };
}

const cutTexts = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, typeof part === 'string' ? cut(part, MAX_TEXT) : part]),
  );

/** At most so many bytes in an answer, `…` included where it is cut. */
export const cut = (text: string, most: number): string =>
  sizeOf(text) <= most ? text : `${beginningOf(text, most - ELLIPSIS_BYTES)}…`;

/** As many whole characters as fit so many bytes of an answer. */
export function beginningOf(text: string, most: number): string {
  let left = most - QUOTES_BYTES;
  let end = 0;
  for (const character of text) {
    left -= sizeOf(character) - QUOTES_BYTES;
    if (left < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Bytes of a value in an answer. */
export const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
