// What an agent asks when its task waits for input.
import { createHash } from 'node:crypto';
import { TaskState, type TaskStatus } from '@a2a-js/sdk';
import type { InputRequest } from '@agent-dispatch/schemas';
import { contentOf } from './parts.js';

/** A question is part of the task's record. Bytes of JSON. */
const MAX_BYTES = 12 * 1024;
const MAX_ID = 200;

/** The same question has the same id, whether it comes as an event or in a snapshot. */
export function questionOf({ state, message, timestamp }: TaskStatus, taskId = ''): InputRequest {
  const said = message === undefined ? '' : contentOf(message.parts).text.trim();
  const isAuth = state === TaskState.TASK_STATE_AUTH_REQUIRED;
  const question = said || (isAuth ? 'The agent needs to be authorized.' : 'The agent asks for input.');
  const id = message?.messageId ?? '';
  const isUsable = id !== '' && id.length <= MAX_ID;
  return { requestId: isUsable ? id : digestOf([taskId, id, question, timestamp]), question: cut(question) };
}

const digestOf = (names: unknown): string =>
  `question_${createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 24)}`;

function cut(text: string): string {
  let kept = text.slice(0, MAX_BYTES);
  while (Buffer.byteLength(JSON.stringify(kept)) > MAX_BYTES) kept = kept.slice(0, Math.floor(kept.length * 0.8));
  return kept;
}
