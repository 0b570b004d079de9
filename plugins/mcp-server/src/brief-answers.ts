// The answers of the tools that could be large, cut to what a lead agent's context can bear: whole items as far as they
// fit, and the call that brings the rest. What every other front door gets stays whole.
import type { ControlPlane } from '@agent-dispatch/core';
import type {
  GetTaskLogsInput,
  GetTaskLogsOutput,
  GetTaskResultInput,
  GetTaskResultOutput,
  ListRuntimesInput,
  ListTasksInput,
  TaskView,
} from '@agent-dispatch/schemas';
import { beginningOf, briefError, briefTask, sizeOf, type BriefTask } from './brief-task.js';

/** Of one answer, unless the caller asks for more. Bytes. */
export const ANSWER_BYTES = 8_000;
/** The same before it is marked with what agents made. Bytes. */
export const UNMARKED_BYTES = ANSWER_BYTES - 200;
/** Of a page whose length the caller chose. Bytes. */
const ASKED_BYTES = 32_000;
/** Names, cursor and the call that follows. Bytes. */
const FRAME_BYTES = 800;
/** Of an error and a handoff beside a result. Bytes. */
const BESIDE_BYTES = 2_000;
/** Of one wait. */
const MAX_WAITED = 20;

interface Next {
  tool: string;
  arguments: Record<string, unknown>;
  when: string;
}

/** The tasks without what get_task_status says as well; as many of a page as fit. */
export async function listTasks(plane: ControlPlane, input: ListTasksInput): Promise<object> {
  // Questions are long, and wait_task brings them.
  const brief = (task: TaskView): BriefTask => briefTask(task, ['next', 'input_requests']);
  let page = await plane.list(input);
  let shown = page.tasks.map(brief);
  // An open one is named in `next` as well.
  const count = countOf(
    page.tasks.map(({ task_id }, index) => sizeOf(shown[index]) + sizeOf(task_id)),
    budgetOf(input),
  );
  if (count < shown.length) {
    page = await plane.list({ ...input, limit: Math.max(count, 1) });
    shown = page.tasks.map(brief);
  }
  const { tasks, ...rest } = page;
  const open = tasks.filter(({ terminal }) => !terminal).map(({ task_id }) => task_id);
  const cursor = rest.next_cursor;
  const next: Next | undefined =
    open.length > 0
      ? { tool: 'wait_task', arguments: { task_ids: open.slice(0, MAX_WAITED) }, when: 'to wait for those still open' }
      : cursor === undefined
        ? undefined
        : { tool: 'list_tasks', arguments: { ...input, cursor }, when: 'to see older ones' };
  return { tasks: shown, ...rest, ...(next && { next }) };
}

export async function listRuntimes(plane: ControlPlane, input: ListRuntimesInput): Promise<object> {
  const answer = await fitting(
    (limit) => plane.runtimes(limit === undefined ? input : { ...input, limit }),
    ({ runtimes, account_profiles, providers }) => [...runtimes, ...account_profiles, ...providers],
    budgetOf(input),
  );
  const cursor = answer.next_cursor;
  return cursor === undefined
    ? answer
    : { ...answer, next: { tool: 'list_runtimes', arguments: { ...input, cursor }, when: 'to see the rest' } };
}

export async function getTaskLogs(plane: ControlPlane, input: GetTaskLogsInput): Promise<object> {
  const { limit: asked, tail, ...place } = input;
  // A tail that is too long loses its beginning, a page its end.
  const isTail = tail !== undefined;
  const budget = isTail ? ANSWER_BYTES : budgetOf(input);
  const page = await fitting(
    (limit) => plane.logs(limit === undefined ? input : { ...place, ...(isTail ? { tail: limit } : { limit }) }),
    ({ entries }) => (isTail ? [...entries].reverse() : entries),
    budget,
  );
  // With its brackets. What was asked for by itself is whole, however long.
  const whole = sizeOf(page.entries) <= budget - FRAME_BYTES + 2 || asked === 1;
  const { entries, ...rest } = whole
    ? page
    : { ...page, entries: page.entries.map((entry) => cutEntry(entry, budget)) };
  const next = whole
    ? afterLog(page, input.task_id)
    : {
        tool: 'get_task_logs',
        arguments: { ...place, ...(isTail && { tail: 1 }), limit: 1 },
        when: 'to read this entry whole',
      };
  return { entries, ...rest, next };
}

function afterLog({ next_cursor: cursor, truncated, terminal }: GetTaskLogsOutput, task_id: string): Next {
  if (truncated) return { tool: 'get_task_logs', arguments: { task_id, cursor }, when: 'to read on' };
  return terminal === true
    ? { tool: 'get_task_result', arguments: { task_id }, when: 'to read the result' }
    : { tool: 'wait_task', arguments: { task_ids: [task_id] }, when: 'when you need the end' };
}

/** Only one is there: a single entry that is too large for a page. */
const cutEntry = (entry: GetTaskLogsOutput['entries'][number], budget: number): typeof entry =>
  ({ ...entry, text: beginningOf(entry.text, budget - FRAME_BYTES), truncated: true }) as typeof entry;

/** Where the caller leaves the size open, so much of the result that the whole answer fits. */
export async function getTaskResult(plane: ControlPlane, input: GetTaskResultInput): Promise<GetTaskResultOutput> {
  const whole = await plane.result(input);
  if (input.max_bytes !== undefined) return whole;
  let answer = withRoom(whole);
  // What is escaped in JSON, or stands beside the result, takes room too.
  for (let most = ANSWER_BYTES; sizeOf(answer) > UNMARKED_BYTES && most > 500;) {
    most = Math.floor((most * (ANSWER_BYTES - FRAME_BYTES)) / sizeOf(answer));
    answer = withRoom(withoutSize(await plane.result({ ...input, max_bytes: most })));
  }
  return answer;
}

/** With room for the result beside what get_task_status says as well. */
function withRoom(answer: GetTaskResultOutput): GetTaskResultOutput {
  const { error, handoff, ...rest } = answer;
  if (sizeOf([error, handoff]) <= BESIDE_BYTES) return answer;
  const whole = { tool: 'get_task_status', arguments: { task_id: rest.task_id, whole: true } };
  return {
    ...rest,
    ...(error && { error: { ...briefError(error), truncated: true } as unknown as typeof error }),
    ...(handoff && { handoff_omitted: true }),
    next: rest.next ?? { ...whole, when: 'to read error and handoff whole' },
  };
}

/** The next piece may be of the usual size. */
function withoutSize(answer: GetTaskResultOutput): GetTaskResultOutput {
  const { next } = answer;
  if (next?.tool !== 'get_task_result' || answer.next_offset === undefined) return answer;
  const { max_bytes: _, ...rest } = next.arguments as Partial<GetTaskResultInput>;
  return { ...answer, next: { ...next, arguments: rest } };
}

/** What the caller gets when it asks without `limit`; asked again with so many items as fit, which moves the cursor. */
async function fitting<Answer extends object>(
  ask: (limit?: number) => Promise<Answer>,
  itemsOf: (answer: Answer) => readonly object[],
  budget: number,
): Promise<Answer> {
  const answer = await ask();
  if (sizeOf(answer) <= budget / 2) return answer;
  const items = itemsOf(answer);
  const count = countOf(items.map(sizeOf), budget);
  return count === items.length ? answer : await ask(Math.max(count, 1));
}

/** Of items of these sizes, how many fit one answer. */
function countOf(sizes: readonly number[], budget: number): number {
  let left = budget - FRAME_BYTES;
  const end = sizes.findIndex((size) => (left -= size + 1) < 0);
  return end < 0 ? sizes.length : end;
}

const budgetOf = ({ limit }: { limit?: number }): number => (limit === undefined ? ANSWER_BYTES : ASKED_BYTES);
