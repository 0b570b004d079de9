// Asks the agent to stop its task.
import type { Handle } from '@agent-dispatch/schemas';
import { TaskState } from '@a2a-js/sdk';
import type { CancelLevel, Channel, DriverContext } from '../../provider/index.js';
import { RpcError } from './json-rpc.js';
import { knownTask } from './known-task.js';
import type { A2aLimits } from './limits.js';
import { isEnd } from './states.js';

/** Errors: whatever the request failed with. */
export async function cancel(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  limits: A2aLimits,
): Promise<CancelLevel> {
  const known = knownTask(channel, handle, context, limits);
  if (known === undefined) return 'unsupported';
  const { agent, taskId } = known;
  try {
    const task = await agent.cancel(taskId, context);
    return isOver(task.status?.state) ? 'stopped' : 'requested';
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    // A task that is over cannot be cancelled, and agents say so in the words for any that cannot.
    const task = await agent.task(taskId, context);
    return isOver(task.status?.state) ? 'stopped' : 'unsupported';
  }
}

const isOver = (state: TaskState = TaskState.TASK_STATE_UNSPECIFIED): boolean => isEnd(state);
