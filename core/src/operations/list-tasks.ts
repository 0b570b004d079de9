// list_tasks: the tasks of this installation, newest first.
import type { ListTasksInput, ListTasksOutput, TaskStatus } from '@agent-dispatch/schemas';
import { isTerminal, STATES } from '../engine/index.js';
import { DispatchError } from '../errors/index.js';
import { checkArguments, type Operations } from './operation.js';
import { taskView } from './task-view.js';

const DEFAULT_LIMIT = 20;
const ALL = Object.keys(STATES) as TaskStatus[];

export async function listTasks({ store }: Operations, input: ListTasksInput): Promise<ListTasksOutput> {
  checkArguments('ListTasksInput', input);
  const { label, group, parent, cursor, limit = DEFAULT_LIMIT } = input;
  const { items, nextCursor } = await store.list({
    limit,
    ...(input.status && { statuses: statuses(input.status) }),
    ...(input.since !== undefined && { since: time(input.since) }),
    ...(label && { label }),
    ...(group !== undefined && { group }),
    ...(parent !== undefined && { parent }),
    ...(cursor !== undefined && { cursor }),
  });
  const now = store.now();
  return {
    tasks: items.map((task) => taskView(task, now)),
    ...(nextCursor !== undefined && { next_cursor: nextCursor }),
  };
}

function statuses(names: readonly string[]): TaskStatus[] {
  return names.flatMap((name, index) => {
    if (name === 'open') return ALL.filter((status) => !isTerminal(status));
    if (name === 'ended') return ALL.filter(isTerminal);
    const status = ALL.find((known) => known === name);
    if (status !== undefined) return [status];
    throw invalid(`/status/${String(index)}`, `must be open, ended, or one of ${ALL.join(', ')}`);
  });
}

function time(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw invalid('/since', 'must be a time in ISO 8601, such as 2030-01-31T12:00:00Z');
  return at;
}

const invalid = (pointer: string, message: string): DispatchError =>
  new DispatchError('AD_INPUT_INVALID', `${pointer}: ${message}`, { problems: [{ pointer, message }] });
