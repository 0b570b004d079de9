// Answers that have no pages, within the bound of every answer: a look at a task, the receipt of a message, a check. Where
// one is longer its texts are cut, and `next` is the same call with `whole`, which brings it uncut.
import type { CallOptions, ControlPlane } from '@agent-dispatch/core';
import type {
  CancelTaskOutput,
  CheckCloudAgentRuntimeInput,
  CheckCloudAgentRuntimeOutput,
  GetTaskStatusInput,
  SendMessageInput,
  SendMessageOutput,
  TaskView,
} from '@agent-dispatch/schemas';
import { UNMARKED_BYTES } from './brief-answers.js';
import { briefTask, cut, leastOf, MAX_TEXT, sizeOf } from './brief-task.js';
import { Room } from './room.js';

/** Names of the parts that a cut answer is put together from. Bytes. */
const FRAME_BYTES = 200;

const fits = (answer: object): boolean => sizeOf(answer) <= UNMARKED_BYTES;

export async function getTaskStatus(plane: ControlPlane, input: GetTaskStatusInput): Promise<object> {
  const view = await plane.get(input);
  return input.whole === true || fits(view) ? view : briefStatus(view);
}

/** As in a list of tasks, with as many of its questions as there is room for. */
export function briefStatus(view: TaskView): object {
  const { input_requests: questions = [], ...parts } = briefTask(view, ['next']) as Partial<TaskView>;
  const next = {
    tool: 'get_task_status',
    arguments: { task_id: view.task_id, whole: true },
    when: 'to read it whole',
  };
  const least = { ...leastOf(view), truncated: true, next };
  const room = new Room(UNMARKED_BYTES - FRAME_BYTES - sizeOf(least));
  const shown = Object.fromEntries(Object.entries(parts).filter((part) => room.take(part)));
  const asked = room.first(questions);
  const omitted = questions.length - asked.length;
  return {
    ...shown,
    ...(asked.length > 0 && { input_requests: asked }),
    ...(omitted > 0 && { input_requests_omitted: omitted }),
    ...least,
  };
}

export async function sendMessage(plane: ControlPlane, input: SendMessageInput, options: CallOptions): Promise<object> {
  const answer = await plane.send(input, options);
  return input.whole === true || fits(answer) ? answer : briefReceipt(answer);
}

/** The reason is a driver's word, or names every open question. */
function briefReceipt(answer: SendMessageOutput): object {
  const { receipt, ...rest } = answer;
  const next = {
    tool: 'send_message',
    arguments: { task_id: answer.task_id, whole: true },
    when: 'with the same message, message_id and request_id, to read this whole; nothing is sent again',
  };
  const least = { ...rest, truncated: true, next };
  const left = UNMARKED_BYTES - FRAME_BYTES - sizeOf(least);
  const reason = cut(receipt.reason ?? '', Math.max(left, MAX_TEXT));
  return { ...least, receipt: { ...receipt, reason } };
}

/** The call that would follow names a question, by an id of the agent's own. */
export function briefCancel(answer: CancelTaskOutput): object {
  if (fits(answer)) return answer;
  const { task_id } = answer;
  return { ...answer, next: { tool: 'get_task_status', arguments: { task_id }, when: 'to see how it stands' } };
}

export async function checkRuntime(
  plane: ControlPlane,
  input: CheckCloudAgentRuntimeInput,
  options: CallOptions,
): Promise<object> {
  const answer = await plane.check(input, options);
  return input.whole === true || fits(answer) ? answer : briefCheck(answer, input);
}

/** What needs mending first: that must not be what has no room. */
function briefCheck({ checks, ...rest }: CheckCloudAgentRuntimeOutput, input: CheckCloudAgentRuntimeInput): object {
  const next = {
    tool: 'check_cloud_agent_runtime',
    arguments: { ...input, whole: true },
    when: 'to read it whole',
  };
  const room = new Room(UNMARKED_BYTES - FRAME_BYTES - sizeOf([rest, next]));
  const ordered = ['fail', 'warn', 'pass'].flatMap((wanted) => checks.filter(({ status }) => status === wanted));
  const shown = room.first(
    ordered.map(({ message, fix, ...check }) => ({
      ...check,
      message: cut(message, MAX_TEXT),
      ...(fix !== undefined && { fix: cut(fix, MAX_TEXT) }),
    })),
  );
  const omitted = checks.length - shown.length;
  return { ...rest, checks: shown, truncated: true, ...(omitted > 0 && { checks_omitted: omitted }), next };
}
