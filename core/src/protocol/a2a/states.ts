// The states of an agent's task, and what they mean for ours. States that are not known yet mean that it goes on.
import { TaskState } from '@a2a-js/sdk';
import type { EndedEvent } from '../../provider/index.js';

type End = Pick<EndedEvent, 'outcome' | 'error'>;

/** @param said the last words of the agent; may be empty. */
const ENDS: Partial<Record<TaskState, (said: string) => End>> = {
  [TaskState.TASK_STATE_COMPLETED]: () => ({ outcome: 'succeeded' }),
  [TaskState.TASK_STATE_CANCELED]: () => ({ outcome: 'cancelled' }),
  [TaskState.TASK_STATE_FAILED]: (said) => failed('AD_TASK_FAILED', said || 'The agent says that its task failed.'),
  [TaskState.TASK_STATE_REJECTED]: (said) =>
    failed('AD_PROTOCOL_AGENT_REFUSED', said || 'The agent rejected the task.'),
};

const MAX_MESSAGE = 2000;

const failed = (code: string, said: string): End => ({
  outcome: 'failed',
  error: { code, message: said.trim().slice(0, MAX_MESSAGE) },
});

export const isEnd = (state: TaskState): boolean => ENDS[state] !== undefined;

/** Of a state that is an end. */
export function endOf(state: TaskState, said: string): End {
  const end = ENDS[state];
  if (end === undefined) throw new TypeError(`state ${state} is no end`);
  return end(said);
}

export const isQuestion = (state: TaskState): boolean =>
  state === TaskState.TASK_STATE_INPUT_REQUIRED || state === TaskState.TASK_STATE_AUTH_REQUIRED;

/** What is told of a change of state that comes without words. */
export const SAID: Partial<Record<TaskState, string>> = {
  [TaskState.TASK_STATE_SUBMITTED]: 'The agent has the task.',
  [TaskState.TASK_STATE_WORKING]: 'The agent is at work.',
};
