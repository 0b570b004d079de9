// A task for callers that know nothing of AgentDispatch and only bring an instruction.
import { randomBytes } from 'node:crypto';
import type { WorkerTask } from '@agent-dispatch/schemas';

/** Base 32 without letters that are misread. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TASK_ID = /^task_[0-9a-hjkmnp-tv-z]{26}$/;

export interface PlainRequest {
  readonly instruction: string;
  readonly context?: WorkerTask['context'];
  /** Where the caller names its task, a repeated request is the same run. */
  readonly taskId?: unknown;
  readonly attempt?: unknown;
}

/** @param now epoch milliseconds. */
export function plainTask({ instruction, context, taskId, attempt }: PlainRequest, now: number): WorkerTask {
  const isNamed = typeof taskId === 'string' && TASK_ID.test(taskId);
  const id = isNamed ? taskId : newTaskId(now);
  const count = isNamed && Number.isInteger(attempt) && Number(attempt) > 0 ? Number(attempt) : 1;
  return { invocationId: `${id}-${count}`, taskId: id, attempt: count, instruction, ...(context && { context }) };
}

function newTaskId(now: number): string {
  const time = Array.from({ length: 10 }, (_, place) => DIGITS[Math.floor(now / 32 ** (9 - place)) % 32]);
  const chance = [...randomBytes(16)].map((byte) => DIGITS[byte % 32]);
  return `task_${[...time, ...chance].join('')}`;
}
